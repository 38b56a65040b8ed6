// Runs in a page: what is heard in a stream, as the share of a tone in its power (0 to 1) and its level (RMS).
async ({ selector, hz }) => {
  const find = root => {
    const found = root.querySelector(selector);
    if (found) return found;
    for (const each of root.querySelectorAll("*")) {
      const inner = each.shadowRoot && find(each.shadowRoot);
      if (inner) return inner;
    }
    return null;
  };
  const element = find(document);
  if (!element?.srcObject?.getAudioTracks().length) return { share: 0, level: 0 };
  const context = new AudioContext();
  await context.resume();
  const analyser = context.createAnalyser();
  analyser.fftSize = 16384;
  context.createMediaStreamSource(element.srcObject).connect(analyser);
  await new Promise(resolve => setTimeout(resolve, 600));
  const samples = new Float32Array(analyser.fftSize);
  analyser.getFloatTimeDomainData(samples);
  const w = (2 * Math.PI * hz) / context.sampleRate;
  await context.close();
  // Goertzel in blocks of about 50 ms.
  const block = 2048;
  let at = 0;
  let power = 0;
  let tone = 0;
  while (at + block <= samples.length) {
    let last = 0;
    let before = 0;
    for (let i = 0; i < block; i += 1) {
      const x = samples[at + i];
      power += x * x;
      [last, before] = [x + 2 * Math.cos(w) * last - before, last];
    }
    tone += (last * last + before * before - 2 * Math.cos(w) * last * before) / (block / 2);
    at += block;
  }
  return { share: power > 0 ? tone / power : 0, level: Math.sqrt(power / samples.length) };
};
