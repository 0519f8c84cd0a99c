export { createFaults, type FaultSwitch } from './faults.ts';
export { bodyOf, listen, type Outage } from './listener.ts';
export {
  errorPage,
  jsonReply,
  modelListReply,
  plannedRefusal,
  sendReply,
  textReply,
  type Refusal,
  type RefusalFault,
  type Reply,
  type TransportFault,
} from './replies.ts';
