/** What is loaded only when somebody calls: JsSIP and what stands on it. */

export { Leg } from "./leg.ts";
export { SipLine } from "./line.ts";
