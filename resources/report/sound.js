"use strict";
// All versions of a clip play at once, one of them aloud: changing between them loses no sample.

const FADE_SECONDS = 0.008;

function samplesOf(pcm16) {
  const bytes = atob(pcm16);
  const samples = new Float32Array(bytes.length / 2);
  for (let i = 0; i < samples.length; ++i) {
    const value = bytes.charCodeAt(2 * i) | bytes.charCodeAt(2 * i + 1) << 8;
    samples[i] = (value & 0x8000 ? value - 0x10000 : value) / 0x8000;
  }
  return samples;
}

class Playback {
  // Begins at time `when` of the context, `offset` seconds into the sound, with version `aloud` aloud.
  constructor(context, rate, versions, aloud, when, offset) {
    this.context = context;
    this.aloud = aloud;
    this.begin = when - offset;
    this.parts = versions.map((samples, index) => {
      const buffer = context.createBuffer(1, samples.length, rate);
      buffer.copyToChannel(samples, 0);
      const source = context.createBufferSource();
      source.buffer = buffer;
      const gain = context.createGain();
      gain.gain.setValueAtTime(index === aloud ? 1 : 0, when);
      source.connect(gain).connect(context.destination);
      source.start(when, offset);
      return { source, gain: gain.gain };
    });
  }

  // A linear crossfade, whose weights sum to one: equal versions stay what they are.
  select(version, when) {
    if (version === this.aloud) return;
    for (const [index, to] of [[this.aloud, 0], [version, 1]]) {
      const gain = this.parts[index].gain;
      gain.cancelScheduledValues(when);
      gain.setValueAtTime(1 - to, when);
      gain.linearRampToValueAtTime(to, when + FADE_SECONDS);
    }
    this.aloud = version;
  }

  position() { return this.context.currentTime - this.begin; }

  stop() { for (const part of this.parts) part.source.stop(); }
}
