/** The WebSocket under SIP (RFC 7118), in the shape that JsSIP wants it: it can be given up while it looks open. */

export class SipSocket {
  readonly url: string;
  readonly sip_uri: string;
  via_transport: string;
  onconnect: () => void = () => undefined;
  ondisconnect: (error: boolean, code?: number, reason?: string) => void = () => undefined;
  ondata: (event: unknown) => void = () => undefined;
  #socket: WebSocket | null = null;

  /** `url` begins with `ws:` or `wss:`. */
  constructor(url: string) {
    const { host, protocol } = new URL(url);
    this.url = url;
    this.sip_uri = `sip:${host};transport=ws`;
    this.via_transport = protocol === "wss:" ? "WSS" : "WS";
  }

  connect(): void {
    if (this.#socket !== null) return;
    const socket = new WebSocket(this.url, "sip");
    this.#socket = socket;
    // One that was given up may still speak: it is not listened to.
    const ifCurrent = (act: () => void): void => {
      if (this.#socket === socket) act();
    };
    socket.onopen = () => ifCurrent(() => this.onconnect());
    socket.onmessage = ({ data }) => ifCurrent(() => this.ondata(data));
    socket.onclose = ({ wasClean, code }) => ifCurrent(() => this.#lost(!wasClean, code));
  }

  /** Close it, and say nothing of that. */
  disconnect(): void {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  /** Give it up: JsSIP then opens another. */
  renew(): void {
    if (this.#socket === null) return;
    this.disconnect();
    this.ondisconnect(true, 1006, "given up");
  }

  send(message: string | ArrayBufferLike | Blob | ArrayBufferView): boolean {
    if (!this.isConnected()) return false;
    this.#socket?.send(message as string);
    return true;
  }

  isConnected(): boolean {
    return this.#socket?.readyState === 1;
  }

  isConnecting(): boolean {
    return this.#socket?.readyState === 0;
  }

  #lost(error: boolean, code: number): void {
    this.#socket = null;
    this.ondisconnect(error, code, "");
  }
}
