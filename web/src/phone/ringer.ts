/** The sound of a call that comes: 400 Hz trembling at 16 Hz, one second of three, as phones ring in Japan. */

const HZ = 400;
const TREMBLE_HZ = 16;
const LOUDNESS = 0.12;

/** Rings until it is stopped. */
export class Ringer {
  #context: AudioContext | null = null;

  start(): void {
    if (this.#context !== null) return;
    const context = new AudioContext();
    this.#context = context;
    const tone = new OscillatorNode(context, { frequency: HZ });
    const tremble = new OscillatorNode(context, { frequency: TREMBLE_HZ, type: "square" });
    const trembling = new GainNode(context, { gain: 0.5 });
    const loudness = new GainNode(context, { gain: 0 });
    tone.connect(trembling);
    tremble.connect(trembling.gain);
    trembling.connect(loudness).connect(context.destination);
    for (let at = 0; at < 180; at += 3) {
      loudness.gain.setValueAtTime(LOUDNESS, at);
      loudness.gain.setValueAtTime(0, at + 1);
    }
    tone.start();
    tremble.start();
  }

  /** May be called twice. */
  stop(): void {
    void this.#context?.close();
    this.#context = null;
  }
}
