/** How loud a stream is, for meters. */

const FLOOR_DB = -60;

/** Reads a stream's sound by the Web Audio API until it is closed. */
export class Level {
  readonly #context: AudioContext;
  readonly #analyser: AnalyserNode;
  readonly #source: MediaStreamAudioSourceNode;
  readonly #samples: Float32Array<ArrayBuffer>;

  constructor(stream: MediaStream) {
    this.#context = new AudioContext();
    this.#analyser = this.#context.createAnalyser();
    this.#analyser.fftSize = 1024;
    this.#source = this.#context.createMediaStreamSource(stream);
    this.#source.connect(this.#analyser);
    this.#samples = new Float32Array(this.#analyser.fftSize);
  }

  /** 0 (silence, -60 dB) to 1. */
  read(): number {
    this.#analyser.getFloatTimeDomainData(this.#samples);
    return levelOf(this.#samples);
  }

  close(): void {
    this.#source.disconnect();
    if (this.#context.state !== "closed") void this.#context.close();
  }
}

/** Return the level of samples of -1 to 1. */
export function levelOf(samples: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < samples.length; at += 1) sum += (samples[at] ?? 0) ** 2;
  const power = sum / Math.max(1, samples.length);
  const db = power > 0 ? 10 * Math.log10(power) : FLOOR_DB;
  return Math.min(1, Math.max(0, 1 - db / FLOOR_DB));
}
