import type { ConnectorEntry } from '@permission-slip/protocol/connector.ts'

// Made by scripts/generate-catalogue.ts; not kept in git.
export const entries: readonly ConnectorEntry[] = [
  {
    "id": "github",
    "name": "GitHub",
    "family": null,
    "description": "Issues, pull requests, files, workflows and releases, on github.com or an own GitHub Enterprise.",
    "docs": "https://docs.github.com/rest",
    "version": "2401cfbba59d9498c90d5d286b71b05375f47cd6bce191701b7dec45b2f103dc",
    "auth": [
      {
        "name": "token",
        "title": "Fine-grained token",
        "kind": "fields",
        "fields": [
          {
            "name": "server",
            "label": "GitHub Enterprise host",
            "secret": false,
            "required": false,
            "help": "Leave it empty for github.com; otherwise a host such as github.example.org or acme.ghe.com.",
            "options": null,
            "default": null,
            "multiline": false,
            "pattern": "^[a-z0-9-]+(?:\\.[a-z0-9-]+)+(?::\\d{1,5})?$"
          },
          {
            "name": "token",
            "label": "Fine-grained token",
            "secret": true,
            "required": true,
            "help": "Make one at https://github.com/settings/personal-access-tokens",
            "options": null,
            "default": null,
            "multiline": false,
            "pattern": null
          }
        ]
      }
    ],
    "actions": [
      {
        "id": "list_repositories",
        "title": "List repositories",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "list_issues",
        "title": "List issues",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "get_issue",
        "title": "Read an issue",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "list_comments",
        "title": "List the comments of an issue",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "create_issue",
        "title": "Open an issue",
        "effect": "create",
        "risk": "medium",
        "scopes": []
      },
      {
        "id": "update_issue",
        "title": "Change an issue",
        "effect": "update",
        "risk": "medium",
        "scopes": []
      },
      {
        "id": "close_issue",
        "title": "Close an issue",
        "effect": "update",
        "risk": "medium",
        "scopes": []
      },
      {
        "id": "add_comment",
        "title": "Comment",
        "effect": "create",
        "risk": "medium",
        "scopes": []
      },
      {
        "id": "list_pull_requests",
        "title": "List pull requests",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "get_pull_request",
        "title": "Read a pull request",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "list_changed_files",
        "title": "List the files of a pull request",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "create_pull_request",
        "title": "Open a pull request",
        "effect": "create",
        "risk": "medium",
        "scopes": []
      },
      {
        "id": "review_pull_request",
        "title": "Review a pull request",
        "effect": "update",
        "risk": "medium",
        "scopes": []
      },
      {
        "id": "merge_pull_request",
        "title": "Merge a pull request",
        "effect": "update",
        "risk": "high",
        "scopes": []
      },
      {
        "id": "read_file",
        "title": "Read a file or folder",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "write_file",
        "title": "Write a file",
        "effect": "update",
        "risk": "medium",
        "scopes": []
      },
      {
        "id": "list_workflow_runs",
        "title": "List runs of a workflow",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "trigger_workflow",
        "title": "Run a workflow",
        "effect": "run",
        "risk": "high",
        "scopes": []
      },
      {
        "id": "create_release",
        "title": "Publish a release",
        "effect": "create",
        "risk": "medium",
        "scopes": []
      }
    ]
  },
  {
    "id": "notebook",
    "name": "Notebook",
    "family": null,
    "description": "Pages kept by this server and shown in the app. Needs no account.",
    "docs": "",
    "version": "48a92fce8f8d1254c6c808b481969d3f7819f7b6bf3de7e01d22a968ffa8a635",
    "auth": [],
    "actions": [
      {
        "id": "write",
        "title": "Write a page",
        "effect": "create",
        "risk": "medium",
        "scopes": []
      },
      {
        "id": "read",
        "title": "Read a page",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "list",
        "title": "List the pages",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "erase",
        "title": "Erase a page",
        "effect": "delete",
        "risk": "high",
        "scopes": []
      }
    ]
  },
  {
    "id": "postgres",
    "name": "PostgreSQL",
    "family": null,
    "description": "SQL, rows, schema and administration of a PostgreSQL database.",
    "docs": "https://www.postgresql.org/docs/current/",
    "version": "775398180649a54c0ba841c94720e8612dba129c9a5fd6eb04db91f03988981e",
    "auth": [
      {
        "name": "connection",
        "title": "Connection",
        "kind": "fields",
        "fields": [
          {
            "name": "url",
            "label": "Connection URL",
            "secret": true,
            "required": false,
            "help": "postgres://user:password@host:5432/database. Taken apart into the fields below when saved.",
            "options": null,
            "default": null,
            "multiline": false,
            "pattern": null
          },
          {
            "name": "host",
            "label": "Host",
            "secret": false,
            "required": false,
            "help": "Needed unless a URL is given.",
            "options": null,
            "default": null,
            "multiline": false,
            "pattern": null
          },
          {
            "name": "port",
            "label": "Port",
            "secret": false,
            "required": false,
            "help": "5432 unless given.",
            "options": null,
            "default": null,
            "multiline": false,
            "pattern": "^([1-9]\\d{0,3}|[1-5]\\d{4}|6[0-4]\\d{3}|65[0-4]\\d{2}|655[0-2]\\d|6553[0-5])$"
          },
          {
            "name": "database",
            "label": "Database",
            "secret": false,
            "required": false,
            "help": "The user's name unless given.",
            "options": null,
            "default": null,
            "multiline": false,
            "pattern": null
          },
          {
            "name": "user",
            "label": "User",
            "secret": false,
            "required": false,
            "help": "A role of its own, with no more rights than agents are to have.",
            "options": null,
            "default": null,
            "multiline": false,
            "pattern": null
          },
          {
            "name": "password",
            "label": "Password",
            "secret": true,
            "required": false,
            "help": null,
            "options": null,
            "default": null,
            "multiline": false,
            "pattern": null
          },
          {
            "name": "tls",
            "label": "Encryption",
            "secret": false,
            "required": false,
            "help": "The certificate is checked unless this says otherwise; on this machine itself nothing is encrypted.",
            "options": [
              {
                "value": "disable",
                "label": "No encryption"
              },
              {
                "value": "require",
                "label": "Encrypted, any certificate"
              },
              {
                "value": "verify",
                "label": "Encrypted, certificate checked"
              }
            ],
            "default": null,
            "multiline": false,
            "pattern": null
          }
        ]
      }
    ],
    "actions": [
      {
        "id": "query",
        "title": "Read with SQL",
        "effect": "run",
        "risk": "medium",
        "scopes": []
      },
      {
        "id": "execute",
        "title": "Run any SQL",
        "effect": "run",
        "risk": "high",
        "scopes": []
      },
      {
        "id": "insert",
        "title": "Insert rows",
        "effect": "create",
        "risk": "medium",
        "scopes": []
      },
      {
        "id": "update",
        "title": "Update rows",
        "effect": "update",
        "risk": "high",
        "scopes": []
      },
      {
        "id": "delete",
        "title": "Delete rows",
        "effect": "delete",
        "risk": "high",
        "scopes": []
      },
      {
        "id": "list_schemas",
        "title": "List schemas",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "list_tables",
        "title": "List tables and views",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "describe_table",
        "title": "Describe a table",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "list_indexes",
        "title": "List the indexes of a table",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "list_functions",
        "title": "List functions",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "list_roles",
        "title": "List roles",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "list_grants",
        "title": "Who may use a table",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "create_role",
        "title": "Create a role",
        "effect": "create",
        "risk": "high",
        "scopes": []
      },
      {
        "id": "drop_role",
        "title": "Drop a role",
        "effect": "delete",
        "risk": "high",
        "scopes": []
      },
      {
        "id": "grant",
        "title": "Grant rights on a table",
        "effect": "update",
        "risk": "high",
        "scopes": []
      },
      {
        "id": "revoke",
        "title": "Revoke rights on a table",
        "effect": "update",
        "risk": "high",
        "scopes": []
      },
      {
        "id": "grant_role",
        "title": "Put a role into another",
        "effect": "update",
        "risk": "high",
        "scopes": []
      },
      {
        "id": "revoke_role",
        "title": "Take a role out of another",
        "effect": "update",
        "risk": "high",
        "scopes": []
      },
      {
        "id": "list_extensions",
        "title": "List extensions",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "create_extension",
        "title": "Install an extension",
        "effect": "create",
        "risk": "high",
        "scopes": []
      },
      {
        "id": "drop_extension",
        "title": "Remove an extension",
        "effect": "delete",
        "risk": "high",
        "scopes": []
      },
      {
        "id": "database_sizes",
        "title": "Sizes of the databases",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "table_sizes",
        "title": "Sizes of the tables",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "activity",
        "title": "Who is connected, and what runs",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "cancel_query",
        "title": "Cancel a running query",
        "effect": "update",
        "risk": "medium",
        "scopes": []
      },
      {
        "id": "terminate",
        "title": "End a session",
        "effect": "delete",
        "risk": "high",
        "scopes": []
      },
      {
        "id": "vacuum",
        "title": "Vacuum a table",
        "effect": "update",
        "risk": "medium",
        "scopes": []
      },
      {
        "id": "analyze",
        "title": "Analyze a table",
        "effect": "update",
        "risk": "medium",
        "scopes": []
      }
    ]
  },
  {
    "id": "redis",
    "name": "Redis",
    "family": null,
    "description": "Strings, hashes, lists, sets, sorted sets, streams and messages of a Redis server. No scripts.",
    "docs": "https://redis.io/docs/latest/commands/",
    "version": "7ac8b6f34c9a8cd61bdf3348d66b89683d28b678da767d35d90a715cc0d91c48",
    "auth": [
      {
        "name": "connection",
        "title": "Connection",
        "kind": "fields",
        "fields": [
          {
            "name": "url",
            "label": "Connection URL",
            "secret": true,
            "required": false,
            "help": "redis://user:password@host:6379/0, or rediss:// for TLS. Taken apart into the fields below when saved.",
            "options": null,
            "default": null,
            "multiline": false,
            "pattern": null
          },
          {
            "name": "host",
            "label": "Host",
            "secret": false,
            "required": false,
            "help": "Needed unless a URL is given.",
            "options": null,
            "default": null,
            "multiline": false,
            "pattern": null
          },
          {
            "name": "port",
            "label": "Port",
            "secret": false,
            "required": false,
            "help": "6379 unless given.",
            "options": null,
            "default": null,
            "multiline": false,
            "pattern": "^([1-9]\\d{0,3}|[1-5]\\d{4}|6[0-4]\\d{3}|65[0-4]\\d{2}|655[0-2]\\d|6553[0-5])$"
          },
          {
            "name": "username",
            "label": "User name",
            "secret": false,
            "required": false,
            "help": "Of an ACL user; empty for the default one.",
            "options": null,
            "default": null,
            "multiline": false,
            "pattern": null
          },
          {
            "name": "password",
            "label": "Password",
            "secret": true,
            "required": false,
            "help": null,
            "options": null,
            "default": null,
            "multiline": false,
            "pattern": null
          },
          {
            "name": "tls",
            "label": "Encryption",
            "secret": false,
            "required": false,
            "help": "The certificate is checked unless this says otherwise; on this machine itself nothing is encrypted.",
            "options": [
              {
                "value": "disable",
                "label": "No encryption"
              },
              {
                "value": "require",
                "label": "Encrypted, any certificate"
              },
              {
                "value": "verify",
                "label": "Encrypted, certificate checked"
              }
            ],
            "default": null,
            "multiline": false,
            "pattern": null
          },
          {
            "name": "database",
            "label": "Database",
            "secret": false,
            "required": false,
            "help": "Its number; 0 unless given.",
            "options": null,
            "default": null,
            "multiline": false,
            "pattern": "^\\d{1,5}$"
          }
        ]
      }
    ],
    "actions": [
      {
        "id": "get",
        "title": "Read a value",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "get_many",
        "title": "Read several values",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "get_range",
        "title": "Read part of a value",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "length",
        "title": "Length of a value",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "set",
        "title": "Set a value",
        "effect": "update",
        "risk": "medium",
        "scopes": []
      },
      {
        "id": "set_many",
        "title": "Set several values",
        "effect": "update",
        "risk": "medium",
        "scopes": []
      },
      {
        "id": "append",
        "title": "Append to a value",
        "effect": "update",
        "risk": "medium",
        "scopes": []
      },
      {
        "id": "increment",
        "title": "Add to a number",
        "effect": "update",
        "risk": "medium",
        "scopes": []
      },
      {
        "id": "take",
        "title": "Read a value and delete it",
        "effect": "delete",
        "risk": "high",
        "scopes": []
      },
      {
        "id": "scan",
        "title": "Look for keys",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "exists",
        "title": "Are there such keys",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "type",
        "title": "What a key holds",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "ttl",
        "title": "How long a key stays",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "expire",
        "title": "Let a key expire",
        "effect": "update",
        "risk": "high",
        "scopes": []
      },
      {
        "id": "persist",
        "title": "Let a key stay for good",
        "effect": "update",
        "risk": "medium",
        "scopes": []
      },
      {
        "id": "rename",
        "title": "Rename a key",
        "effect": "update",
        "risk": "medium",
        "scopes": []
      },
      {
        "id": "delete",
        "title": "Delete keys",
        "effect": "delete",
        "risk": "high",
        "scopes": []
      },
      {
        "id": "hash_get",
        "title": "Read fields of a hash",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "hash_get_all",
        "title": "Read a whole hash",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "hash_scan",
        "title": "Look for fields in a hash",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "hash_set",
        "title": "Set fields of a hash",
        "effect": "update",
        "risk": "medium",
        "scopes": []
      },
      {
        "id": "hash_increment",
        "title": "Add to a number in a hash",
        "effect": "update",
        "risk": "medium",
        "scopes": []
      },
      {
        "id": "hash_delete",
        "title": "Delete fields of a hash",
        "effect": "delete",
        "risk": "high",
        "scopes": []
      },
      {
        "id": "list_range",
        "title": "Read part of a list",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "list_length",
        "title": "Length of a list",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "lpush",
        "title": "Put in front of a list",
        "effect": "create",
        "risk": "medium",
        "scopes": []
      },
      {
        "id": "rpush",
        "title": "Put at the end of a list",
        "effect": "create",
        "risk": "medium",
        "scopes": []
      },
      {
        "id": "lpop",
        "title": "Take from the front of a list",
        "effect": "update",
        "risk": "medium",
        "scopes": []
      },
      {
        "id": "rpop",
        "title": "Take from the end of a list",
        "effect": "update",
        "risk": "medium",
        "scopes": []
      },
      {
        "id": "list_set",
        "title": "Replace an item of a list",
        "effect": "update",
        "risk": "medium",
        "scopes": []
      },
      {
        "id": "list_remove",
        "title": "Remove a value from a list",
        "effect": "delete",
        "risk": "high",
        "scopes": []
      },
      {
        "id": "list_trim",
        "title": "Keep only part of a list",
        "effect": "delete",
        "risk": "high",
        "scopes": []
      },
      {
        "id": "set_members",
        "title": "Read a set",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "set_scan",
        "title": "Look for members of a set",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "set_has",
        "title": "Is it in a set",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "set_add",
        "title": "Add to a set",
        "effect": "create",
        "risk": "medium",
        "scopes": []
      },
      {
        "id": "set_remove",
        "title": "Remove from a set",
        "effect": "delete",
        "risk": "high",
        "scopes": []
      },
      {
        "id": "sorted_range",
        "title": "Read part of a sorted set",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "sorted_score",
        "title": "Score and place in a sorted set",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "sorted_count",
        "title": "How many between two scores",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "sorted_add",
        "title": "Set scores in a sorted set",
        "effect": "update",
        "risk": "medium",
        "scopes": []
      },
      {
        "id": "sorted_increment",
        "title": "Add to a score",
        "effect": "update",
        "risk": "medium",
        "scopes": []
      },
      {
        "id": "sorted_remove",
        "title": "Remove from a sorted set",
        "effect": "delete",
        "risk": "high",
        "scopes": []
      },
      {
        "id": "stream_range",
        "title": "Read a stream",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "stream_length",
        "title": "Length of a stream",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "stream_add",
        "title": "Add to a stream",
        "effect": "create",
        "risk": "medium",
        "scopes": []
      },
      {
        "id": "stream_delete",
        "title": "Delete entries of a stream",
        "effect": "delete",
        "risk": "high",
        "scopes": []
      },
      {
        "id": "stream_trim",
        "title": "Keep only the newest of a stream",
        "effect": "delete",
        "risk": "high",
        "scopes": []
      },
      {
        "id": "publish",
        "title": "Publish a message",
        "effect": "send",
        "risk": "high",
        "scopes": []
      },
      {
        "id": "info",
        "title": "About the server",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "database_size",
        "title": "How many keys there are",
        "effect": "read",
        "risk": "low",
        "scopes": []
      }
    ]
  },
  {
    "id": "slack",
    "name": "Slack",
    "family": null,
    "description": "Messages, threads, reactions, channels, files and people of a Slack workspace, as an app of it.",
    "docs": "https://docs.slack.dev/reference/methods",
    "version": "e889f6910bfa92c6be21ba2476e6de859648fd9077fd79ec51a4eb82131d17e9",
    "auth": [
      {
        "name": "token",
        "title": "Bot token",
        "kind": "fields",
        "fields": [
          {
            "name": "token",
            "label": "Bot token",
            "secret": true,
            "required": true,
            "help": "Make one at https://api.slack.com/apps, under OAuth & Permissions (xoxb-…)",
            "options": null,
            "default": null,
            "multiline": false,
            "pattern": null
          }
        ]
      }
    ],
    "actions": [
      {
        "id": "send_message",
        "title": "Send a message",
        "effect": "send",
        "risk": "high",
        "scopes": []
      },
      {
        "id": "reply",
        "title": "Reply in a thread",
        "effect": "send",
        "risk": "high",
        "scopes": []
      },
      {
        "id": "update_message",
        "title": "Change a message",
        "effect": "update",
        "risk": "medium",
        "scopes": []
      },
      {
        "id": "delete_message",
        "title": "Delete a message",
        "effect": "delete",
        "risk": "high",
        "scopes": []
      },
      {
        "id": "schedule_message",
        "title": "Schedule a message",
        "effect": "send",
        "risk": "high",
        "scopes": []
      },
      {
        "id": "cancel_scheduled_message",
        "title": "Cancel a scheduled message",
        "effect": "delete",
        "risk": "high",
        "scopes": []
      },
      {
        "id": "add_reaction",
        "title": "Add a reaction",
        "effect": "create",
        "risk": "medium",
        "scopes": []
      },
      {
        "id": "remove_reaction",
        "title": "Take a reaction back",
        "effect": "update",
        "risk": "medium",
        "scopes": []
      },
      {
        "id": "list_channels",
        "title": "List channels",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "read_messages",
        "title": "Read a channel",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "read_thread",
        "title": "Read a thread",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "list_users",
        "title": "List people",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "get_user",
        "title": "Look a person up",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "upload_file",
        "title": "Upload a file",
        "effect": "send",
        "risk": "high",
        "scopes": []
      },
      {
        "id": "delete_file",
        "title": "Delete a file",
        "effect": "delete",
        "risk": "high",
        "scopes": []
      }
    ]
  },
  {
    "id": "stripe",
    "name": "Stripe",
    "family": null,
    "description": "Customers, payments, refunds, invoices, subscriptions and payment links. Amounts are in the smallest unit.",
    "docs": "https://docs.stripe.com/api",
    "version": "7a1dd5f64726f4dfba41a6e51db3eb0d90b41bd12b2c315711729499acc48a8b",
    "auth": [
      {
        "name": "token",
        "title": "Secret or restricted key",
        "kind": "fields",
        "fields": [
          {
            "name": "token",
            "label": "Secret or restricted key",
            "secret": true,
            "required": true,
            "help": "Make one at https://dashboard.stripe.com/apikeys",
            "options": null,
            "default": null,
            "multiline": false,
            "pattern": null
          }
        ]
      }
    ],
    "actions": [
      {
        "id": "get_balance",
        "title": "Read the balance",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "list_customers",
        "title": "List customers",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "get_customer",
        "title": "Read a customer",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "create_customer",
        "title": "Add a customer",
        "effect": "create",
        "risk": "medium",
        "scopes": []
      },
      {
        "id": "update_customer",
        "title": "Change a customer",
        "effect": "update",
        "risk": "medium",
        "scopes": []
      },
      {
        "id": "list_charges",
        "title": "List charges",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "get_payment_intent",
        "title": "Read a payment",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "create_payment_intent",
        "title": "Prepare a payment",
        "effect": "create",
        "risk": "medium",
        "scopes": []
      },
      {
        "id": "charge_customer",
        "title": "Charge a customer",
        "effect": "pay",
        "risk": "high",
        "scopes": []
      },
      {
        "id": "cancel_payment_intent",
        "title": "Cancel a payment",
        "effect": "delete",
        "risk": "high",
        "scopes": []
      },
      {
        "id": "refund",
        "title": "Refund a payment",
        "effect": "pay",
        "risk": "high",
        "scopes": []
      },
      {
        "id": "list_invoices",
        "title": "List invoices",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "create_invoice",
        "title": "Draft an invoice",
        "effect": "create",
        "risk": "medium",
        "scopes": []
      },
      {
        "id": "delete_draft_invoice",
        "title": "Delete a draft of an invoice",
        "effect": "delete",
        "risk": "high",
        "scopes": []
      },
      {
        "id": "finalize_invoice",
        "title": "Finalize an invoice",
        "effect": "update",
        "risk": "medium",
        "scopes": []
      },
      {
        "id": "send_invoice",
        "title": "Send an invoice",
        "effect": "send",
        "risk": "high",
        "scopes": []
      },
      {
        "id": "void_invoice",
        "title": "Void an invoice",
        "effect": "delete",
        "risk": "high",
        "scopes": []
      },
      {
        "id": "list_subscriptions",
        "title": "List subscriptions",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "cancel_subscription",
        "title": "Cancel a subscription now",
        "effect": "delete",
        "risk": "high",
        "scopes": []
      },
      {
        "id": "set_subscription_end",
        "title": "Let a subscription end or go on",
        "effect": "update",
        "risk": "medium",
        "scopes": []
      },
      {
        "id": "list_prices",
        "title": "List prices",
        "effect": "read",
        "risk": "low",
        "scopes": []
      },
      {
        "id": "create_payment_link",
        "title": "Make a payment link",
        "effect": "create",
        "risk": "medium",
        "scopes": []
      },
      {
        "id": "switch_payment_link_off",
        "title": "Switch a payment link off",
        "effect": "update",
        "risk": "medium",
        "scopes": []
      }
    ]
  },
  {
    "id": "webhook",
    "name": "Webhook",
    "family": null,
    "description": "Sends JSON to an HTTPS address of yours, signed by Standard Webhooks. A lost answer is tried again for five minutes with the same webhook-id, which your endpoint must take for the same message.",
    "docs": "https://www.standardwebhooks.com/",
    "version": "e697409c9e09da43e90a6cac49c7e3fd83bae137996cbc2bff18f12496a85aaa",
    "auth": [
      {
        "name": "secret",
        "title": "Address and signing secret",
        "kind": "fields",
        "fields": [
          {
            "name": "url",
            "label": "Address",
            "secret": false,
            "required": true,
            "help": "Where the message goes: https://…",
            "options": null,
            "default": null,
            "multiline": false,
            "pattern": "^https:\\/\\/\\S+$"
          },
          {
            "name": "secret",
            "label": "Signing secret",
            "secret": true,
            "required": true,
            "help": "whsec_ and 24 to 64 random bytes in base64; the receiving end checks signatures with the same.",
            "options": null,
            "default": null,
            "multiline": false,
            "pattern": null
          }
        ]
      }
    ],
    "actions": [
      {
        "id": "send",
        "title": "Send a message",
        "effect": "send",
        "risk": "high",
        "scopes": []
      }
    ]
  }
]
