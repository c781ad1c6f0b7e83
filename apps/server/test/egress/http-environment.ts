import { account, egressWith, limits, permitFor, request, service, toLocal } from './support.ts'

// Run by a test with proxies in the environment: prints what the service answered.
const origin = `http://svc.test:${process.argv[2]}`
const egress = egressWith({
  resolver: toLocal,
  env: { PERMISSION_SLIP_EGRESS_ALLOW: 'svc.test', PERMISSION_SLIP_ORIGINS: JSON.stringify({ svc: origin }) },
})
const answer = await egress.http(permitFor('svc'), account(service('https://svc.test')), request(`${origin}/x`), limits)
console.log(Buffer.from(answer.body).toString())
