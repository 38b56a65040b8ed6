/** One call of JsSIP's with its devices: what a person asks of it, and what becomes of it. */

import { C } from "jssip";
import type { RTCSession } from "jssip/lib/RTCSession.js";
import type { CallEvent, VideoSource } from "./call.ts";
import { type Choice, camera, release, screen } from "./devices.ts";
import { CHANGE_REFUSED, endOf, MENDABLE } from "./endings.ts";
import type { SipLine } from "./line.ts";
import { Mender } from "./mender.ts";
import { hide, isSent, show } from "./pictures.ts";
import { Sampler } from "./sampler.ts";

export interface LegPorts {
  readonly dispatch: (event: CallEvent) => void;
  /** The streams changed: theirs (sound and picture), and our own picture. */
  readonly onStreams: () => void;
}

const CANDIDATES_MS = 700;
const REOFFER_MS = 300;
const REOFFERS = 40;

/** Lives from the call's beginning until it has ended, and then has let all devices go. */
export class Leg {
  readonly theirs = new MediaStream();
  picture: MediaStream | null = null;
  sound: MediaStream | null;
  readonly #session: RTCSession;
  readonly #line: SipLine;
  readonly #ports: LegPorts;
  readonly #terminate: RTCSession["terminate"];
  readonly #mender: Mender;
  #sampler: Sampler | null = null;
  #unwatch: () => void = () => undefined;
  #isRestart = false;
  #isGathering = false;

  constructor(session: RTCSession, line: SipLine, sound: MediaStream | null, ports: LegPorts) {
    this.#session = session;
    this.#line = line;
    this.sound = sound;
    this.#ports = ports;
    this.#terminate = session.terminate.bind(session);
    session.terminate = options => this.#wouldEnd(options);
    this.#mender = new Mender({
      path: () => session.connection?.iceConnectionState ?? "closed",
      isConnected: () => line.isConnected,
      renew: () => line.renew(),
      restart: () => this.#restart(),
      onShaken: () => ports.dispatch({ type: "shaken" }),
      onMended: () => ports.dispatch({ type: "mended" }),
      onLost: () => this.#terminate({ cause: C.causes.RTP_TIMEOUT }),
    });
    this.#listen();
    if (session.connection) this.#attach(session.connection);
  }

  /** Answer who calls, with our sound. */
  answer(sound: MediaStream): void {
    this.sound = sound;
    this.#session.answer({ mediaStream: sound, pcConfig: this.#line.peers });
  }

  /** Hang up, give up calling, or decline. */
  end(): void {
    if (!this.#session.isEnded()) this.#terminate();
  }

  mute(is: boolean): void {
    if (is) this.#session.mute({ audio: true });
    else this.#session.unmute({ audio: true });
    this.#ports.dispatch({ type: "muted", is });
  }

  hold(is: boolean): void {
    this.#whenReady(() => {
      const told = (): void => this.#ports.dispatch({ type: "held", is });
      return is ? this.#session.hold({}, told) : this.#session.unhold({}, told);
    });
  }

  /** Send keys: as telephone events (RFC 4733) in the sound where the browser can, else by INFO. */
  digits(digits: string): void {
    const sender = this.#session.connection?.getSenders().find(each => each.track?.kind === "audio");
    const { INFO, RFC2833 } = C.DTMF_TRANSPORT;
    this.#session.sendDTMF(digits, { transportType: sender?.dtmf ? RFC2833 : INFO, duration: 160 });
    this.#ports.dispatch({ type: "digits_sent", digits });
  }

  /** Take another microphone. */
  async microphone(sound: MediaStream): Promise<void> {
    const [track] = sound.getAudioTracks();
    const sender = this.#session.connection?.getSenders().find(each => each.track?.kind === "audio");
    if (track === undefined || sender === undefined) return;
    track.enabled = sender.track?.enabled ?? true;
    await sender.replaceTrack(track);
    release(this.sound);
    this.sound = sound;
  }

  /** Show the camera or the screen. */
  async show(source: VideoSource, choice: Pick<Choice, "camera">): Promise<void> {
    const given = source === "screen" ? await screen() : await camera(choice.camera);
    if ("fault" in given) {
      this.#ports.dispatch({ type: "failed", fault: given.fault });
      return;
    }
    if (this.#session.isEnded()) {
      release(given.stream);
      return;
    }
    const before = this.picture;
    this.picture = given.stream;
    release(before);
    // The browser itself has a button that ends showing the screen.
    given.stream.getVideoTracks()[0]?.addEventListener("ended", () => void this.#gone(given.stream));
    this.#ports.dispatch({ type: "video_asked", source });
    this.#ports.onStreams();
    if (await show(this.#session.connection, given.stream)) this.#reoffer(() => this.#settled());
    else this.#settled();
  }

  async hide(): Promise<void> {
    release(this.picture);
    this.picture = null;
    this.#ports.dispatch({ type: "video_settled", video: "off" });
    this.#ports.onStreams();
    if (await hide(this.#session.connection)) this.#reoffer(() => undefined);
  }

  /** The machine went to another network. */
  moved(): void {
    if (this.#session.isEstablished()) this.#mender.moved();
  }

  async #gone(stream: MediaStream): Promise<void> {
    if (this.picture === stream) await this.hide();
  }

  /** The other side answered what was asked for our picture. */
  #settled(): void {
    if (this.picture === null) return;
    if (isSent(this.#session.connection)) this.#ports.dispatch({ type: "video_settled", video: "on" });
    else void this.#refuse();
  }

  async #refuse(): Promise<void> {
    await this.hide();
    this.#ports.dispatch({ type: "video_settled", video: "refused" });
    this.#ports.dispatch({ type: "failed", fault: "no_video" });
  }

  #reoffer(done: () => void): void {
    this.#whenReady(() => this.#session.renegotiate({}, done));
  }

  #restart(): boolean {
    if (!this.#session.isReadyToReOffer()) return false;
    this.#isRestart = true;
    return this.#session.renegotiate({ rtcOfferConstraints: { iceRestart: true } }, () => {
      this.#isRestart = false;
      this.#mender.reoffered();
    });
  }

  /** Do what needs a re-INVITE once none is on its way. */
  #whenReady(act: () => boolean, tries = REOFFERS): void {
    if (this.#session.isEnded()) return;
    const isReady = this.#line.isConnected && this.#session.isReadyToReOffer() && act();
    if (!isReady && tries > 0) setTimeout(() => this.#whenReady(act, tries - 1), REOFFER_MS);
  }

  /** JsSIP would end the call for what we can mend, and for a change that was refused. */
  #wouldEnd(options: Parameters<RTCSession["terminate"]>[0]): void {
    const cause = String(options?.cause ?? "");
    if (!this.#session.isEstablished()) this.#terminate(options);
    else if (MENDABLE.has(cause)) this.#mender.path("failed");
    else if (cause === CHANGE_REFUSED) void this.#rolledBack();
    else this.#terminate(options);
  }

  async #rolledBack(): Promise<void> {
    const { connection } = this.#session;
    if (connection.signalingState === "have-local-offer") {
      await connection.setLocalDescription({ type: "rollback" }).catch(() => undefined);
    }
    if (!this.#isRestart && this.picture !== null && !isSent(connection)) await this.#refuse();
    this.#isRestart = false;
  }

  #listen(): void {
    const { dispatch } = this.#ports;
    this.#session.on("peerconnection", ({ peerconnection }) => this.#attach(peerconnection));
    this.#session.on("icecandidate", ({ ready }) => this.#gather(ready));
    this.#session.on("confirmed", () => this.#answered());
    this.#session.on("hold", ({ originator }) => {
      if ((originator as string) === "remote") dispatch({ type: "held_by_them", is: true });
    });
    this.#session.on("unhold", ({ originator }) => {
      if ((originator as string) === "remote") dispatch({ type: "held_by_them", is: false });
    });
    const end = ({ cause, originator }: { cause: string; originator: unknown }): void => {
      this.#close();
      dispatch({ type: "ended", ...endOf(cause, originator === "local") });
    };
    this.#session.on("ended", end);
    this.#session.on("failed", end);
  }

  /** A STUN server that does not answer must not keep the call for ten seconds and more. */
  #gather(ready: () => void): void {
    if (this.#isGathering) return;
    this.#isGathering = true;
    setTimeout(() => {
      this.#isGathering = false;
      ready();
    }, CANDIDATES_MS);
  }

  #attach(connection: RTCPeerConnection): void {
    connection.addEventListener("iceconnectionstatechange", () => {
      if (this.#session.isEstablished()) this.#mender.path(connection.iceConnectionState);
    });
    connection.addEventListener("track", ({ track }) => {
      for (const each of this.theirs.getTracks()) if (each.kind === track.kind) this.theirs.removeTrack(each);
      this.theirs.addTrack(track);
      this.#ports.onStreams();
    });
  }

  #answered(): void {
    if (this.#sampler !== null) return;
    this.#ports.dispatch({ type: "answered", atMs: Date.now() });
    this.#sampler = new Sampler(this.#session.connection, this.#ports.dispatch);
    this.#unwatch = this.#line.watch(isConnected => {
      if (!isConnected) this.#mender.unplugged();
    });
  }

  #close(): void {
    this.#unwatch();
    this.#mender.stop();
    this.#sampler?.stop();
    release(this.sound);
    release(this.picture);
    this.picture = null;
    this.#ports.onStreams();
  }
}
