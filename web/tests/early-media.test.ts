/** The page's own line and call on JsSIP, with stand-ins for what a browser has: what comes before the answer is heard. */

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { textsFor } from "../src/call/texts.ts";
import { media } from "../src/call/views.ts";
import { type Call, type CallEvent, NO_CALL, reduce } from "../src/phone/call.ts";
import { NO_FALLBACK } from "../src/phone/hub.ts";
import { Leg, SipLine } from "../src/phone/phone.ts";

const ANSWER = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n";
const CREDENTIALS = {
  call: "1",
  key: "k",
  websocket: "/sip?call=1&key=k",
  uri: "sip:~1@hub.invalid",
  user: "~1",
  password: "p",
  dial: "sip:~1@hub.invalid",
  expires_s: 60,
  ice_servers: [],
  ice_transport_policy: "all",
  video: false,
  queue_name: "support",
  fallback: NO_FALLBACK,
} as const;

class Track {
  readonly kind = "audio";
  stop(): void {}
}

class Stream {
  readonly tracks: Track[] = [];
  getTracks = (): Track[] => this.tracks;
  addTrack = (track: Track): unknown => this.tracks.push(track);
  removeTrack = (track: Track): unknown => this.tracks.splice(this.tracks.indexOf(track), 1);
}

/** Has a track of theirs as soon as it knows their side, as a browser has. */
class Peer extends EventTarget {
  readonly iceGatheringState = "complete";
  iceConnectionState = "new";
  signalingState = "stable";
  localDescription = { type: "offer", sdp: "v=0\r\n" };
  readonly remote: string[] = [];
  addTrack(): void {}
  getSenders = (): [] => [];
  getStats = async (): Promise<Map<string, unknown>> => new Map();
  createOffer = async (): Promise<unknown> => this.localDescription;
  close(): void {}
  async setLocalDescription(): Promise<void> {
    this.signalingState = "have-local-offer";
  }
  async setRemoteDescription({ sdp }: { sdp: string }): Promise<void> {
    if (this.signalingState !== "have-local-offer") throw new Error(this.signalingState);
    this.signalingState = "stable";
    this.remote.push(sdp);
    if (this.remote.length === 1)
      this.dispatchEvent(Object.assign(new Event("track"), { track: new Track() }));
  }
}

/** The other end of the socket: answers the INVITE that it was sent as a test says. */
class Socket {
  static last: Socket;
  readyState = 0;
  readonly sent: string[] = [];
  onopen = (): void => undefined;
  onmessage = (_: { data: string }): void => undefined;
  onclose = (_: unknown): void => undefined;
  constructor() {
    Socket.last = this;
    queueMicrotask(() => {
      this.readyState = 1;
      this.onopen();
    });
  }
  send = (text: string): unknown => this.sent.push(text);
  close(): void {}
  has = (method: string): boolean => this.sent.some(each => each.startsWith(`${method} `));

  reply(status: string, body: string): void {
    const invite = this.sent.find(each => each.startsWith("INVITE ")) ?? "";
    const kept = invite.split("\r\n").filter(each => /^(Via|From|Call-ID|CSeq):/.test(each));
    const head = [
      `SIP/2.0 ${status}`,
      ...kept,
      "To: <sip:~1@hub.invalid>;tag=theirs",
      "Contact: <sip:hub.invalid;transport=ws>",
      "Content-Type: application/sdp",
      `Content-Length: ${body.length}`,
    ];
    this.onmessage({ data: `${head.join("\r\n")}\r\n\r\n${body}` });
  }
}

beforeEach(() => {
  const globals = {
    window: globalThis,
    location: new URL("https://hub.invalid/call/"),
    RTCPeerConnection: Peer,
    RTCSessionDescription: Object,
    MediaStream: Stream,
    WebSocket: Socket,
  };
  for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value);
});

afterEach(() => vi.unstubAllGlobals());

it("plays what a 183 brings before the call is answered, and goes on with it after", async () => {
  let call: Call = reduce(NO_CALL, { type: "prepared" });
  let drawn = 0;
  const line = await new Promise<SipLine>(resolve => {
    const made: SipLine = new SipLine(CREDENTIALS, false, {
      onState: state => state === "on" && resolve(made),
      onRing: () => undefined,
    });
    made.start();
  });
  const sound = new MediaStream();
  const session = line.call(sound);
  const leg = new Leg(session, line, sound, {
    dispatch: (event: CallEvent) => {
      call = reduce(call, event);
    },
    onStreams: () => {
      drawn += 1;
    },
  });
  const peer = session.connection as unknown as Peer;
  await vi.waitUntil(() => Socket.last.has("INVITE"));

  Socket.last.reply("183 Session Progress", ANSWER);
  await vi.waitUntil(() => drawn === 1);
  const [early] = leg.theirs.getTracks();
  expect(early?.kind).toBe("audio");
  expect(session.isEstablished()).toBe(false);
  expect(call.answeredMs).toBe(0);
  const { values } = media(call, textsFor([]).texts, { theirs: leg.theirs, picture: null });
  expect(values[0]).toBe(leg.theirs);

  Socket.last.reply("200 OK", ANSWER);
  await vi.waitUntil(() => Socket.last.has("ACK"));
  await vi.waitUntil(() => session.isEstablished());
  expect(peer.remote).toEqual([ANSWER, ANSWER]);
  expect(leg.theirs.getTracks()).toEqual([early]);
  leg.end();
  line.stop();
});
