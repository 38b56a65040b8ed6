/** The script that this is, and the hub that it came from: read while the script runs for the first time. */

export const SCRIPT = globalThis.document?.currentScript as HTMLScriptElement | null | undefined;
export const HUB = SCRIPT?.src ? new URL(SCRIPT.src).origin : (globalThis.location?.origin ?? "");
