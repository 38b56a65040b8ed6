/** What can be wrong with a call in a browser, told apart. */

/** The device that was asked for. */
export type Device = "microphone" | "camera" | "screen";

export type Fault =
  /** The page did not come by HTTPS: browsers then give out no devices. */
  | "insecure"
  | "unsupported"
  | "microphone_denied"
  | "microphone_missing"
  | "microphone_in_use"
  | "microphone_failed"
  | "camera_denied"
  | "camera_missing"
  | "camera_in_use"
  | "camera_failed"
  | "screen_denied"
  | "screen_failed"
  /** No path for sound and pictures between us and the server (ICE, RFC 8445). */
  | "network"
  /** The server of calls cannot be reached. */
  | "server"
  | "codec"
  /** The link does not hold any more. */
  | "expired"
  /** A call of this link goes on, in another window perhaps. */
  | "exists"
  | "busy"
  /** Another tab of this browser is the phone. */
  | "other_tab"
  /** They have no video. */
  | "no_video";

/** As the hub counts them (`POST /webrtc/calls/{id}/trouble`). */
export type Trouble = "microphone" | "camera" | "network" | "codec" | "unsupported";

/** Return why a device was not given: the names are those of `getUserMedia()` (Media Capture and Streams, §10.2). */
export function deviceFault(device: Device, error: unknown): Fault {
  const name = error instanceof Error || error instanceof DOMException ? error.name : "";
  if (device === "screen") return name === "NotAllowedError" ? "screen_denied" : "screen_failed";
  switch (name) {
    case "NotAllowedError":
    case "SecurityError":
      return `${device}_denied`;
    case "NotFoundError":
    case "OverconstrainedError":
      return `${device}_missing`;
    case "NotReadableError":
    case "AbortError":
      return `${device}_in_use`;
    default:
      return `${device}_failed`;
  }
}

/** What a browser must have. */
export interface Abilities {
  readonly isSecureContext?: boolean;
  readonly RTCPeerConnection?: unknown;
  readonly WebSocket?: unknown;
  readonly navigator?: { readonly mediaDevices?: { readonly getUserMedia?: unknown } | undefined };
}

/** Return what keeps this browser from any call; `null` if nothing does. */
export function browserFault(browser: Abilities): Fault | null {
  if (browser.isSecureContext === false) return "insecure";
  const hasAll =
    browser.RTCPeerConnection && browser.WebSocket && browser.navigator?.mediaDevices?.getUserMedia;
  return hasAll ? null : "unsupported";
}

/** Return what is wrong when the hub gave no credentials, by its status; 0: it did not answer. */
export function refusalFault(status: number): Fault {
  if (status === 401 || status === 403 || status === 404 || status === 410) return "expired";
  if (status === 409) return "exists";
  return status === 0 ? "server" : "busy";
}

/** Return under which head a fault is told to the hub; `null`: it is none of the browser's. */
export function troubleOf(fault: Fault): Trouble | null {
  if (fault.startsWith("microphone")) return "microphone";
  if (fault.startsWith("camera") || fault.startsWith("screen")) return "camera";
  switch (fault) {
    case "network":
    case "server":
      return "network";
    case "codec":
      return "codec";
    case "insecure":
    case "unsupported":
      return "unsupported";
    default:
      return null;
  }
}
