import type { ConnectorEntry } from '@permission-slip/protocol/connector.ts'

// Made by scripts/generate-catalogue.ts; not kept in git.
export const entries: readonly ConnectorEntry[] = [
  {
    "id": "notebook",
    "name": "Notebook",
    "family": null,
    "description": "Pages kept by this server and shown in the app. Needs no account.",
    "docs": "",
    "version": "17d1dfa520eb28450d49fd4c2119d3a2db07ab61ef684f03f536b86fc49d8cfb",
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
    "version": "a6ea74a7e3cd550bdb82f909d27056ada83bff774276a767edfdbffb9952ea0e",
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
    "version": "edb1e1cc7f113f3dd93ea02f09381470ff5324a0c1f28d58a522e2a23725c94c",
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
    "id": "webhook",
    "name": "Webhook",
    "family": null,
    "description": "Sends JSON to an HTTPS address of yours, signed by Standard Webhooks. A lost answer is tried again for five minutes with the same webhook-id, which your endpoint must take for the same message.",
    "docs": "https://www.standardwebhooks.com/",
    "version": "e67ce43dc1314272950251f7eb312d66c7abf9f1a88d458d23f19ff3c321bcd0",
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
