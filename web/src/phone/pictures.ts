/** Our own picture in a call: camera or screen on its one video line of the connection. */

/** The line for video there is, or may be made of. */
function lineOf(connection: RTCPeerConnection): RTCRtpTransceiver | undefined {
  return connection
    .getTransceivers()
    .find(each => each.receiver.track.kind === "video" && each.currentDirection !== "stopped");
}

/**
 * Put a picture on the connection. Whether the other side must be asked (a re-INVITE): not if another
 * picture goes out already.
 */
export async function show(connection: RTCPeerConnection, stream: MediaStream): Promise<boolean> {
  const [track] = stream.getVideoTracks();
  if (track === undefined) return false;
  const line = lineOf(connection);
  if (line === undefined) {
    connection.addTransceiver(track, { direction: "sendrecv", streams: [stream] });
    return true;
  }
  await line.sender.replaceTrack(track);
  line.sender.setStreams?.(stream);
  if (isSent(connection)) return false;
  line.direction = "sendrecv";
  return true;
}

/** Take our picture away; whether the other side must be told. */
export async function hide(connection: RTCPeerConnection): Promise<boolean> {
  const line = lineOf(connection);
  if (line === undefined) return false;
  await line.sender.replaceTrack(null);
  const wasSent = isSent(connection);
  if (line.direction === "sendrecv") line.direction = "recvonly";
  return wasSent;
}

/** Whether the other side agreed to our picture. */
export function isSent(connection: RTCPeerConnection): boolean {
  return lineOf(connection)?.currentDirection?.startsWith("send") ?? false;
}

/** Whether the other side sends a picture. */
export function isReceived(connection: RTCPeerConnection): boolean {
  return lineOf(connection)?.currentDirection?.includes("recv") ?? false;
}
