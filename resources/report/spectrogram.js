"use strict";
// Levels over time and frequency: Hann windows of 1024 samples, in dB below the loudest.

const WINDOW = 1024;

// In place; `re` and `im` of a power of two (Cooley and Tukey).
function fourier(re, im) {
  const n = re.length;
  for (let i = 1, j = 0; i < n; ++i) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) { [re[i], re[j]] = [re[j], re[i]]; [im[i], im[j]] = [im[j], im[i]]; }
  }
  for (let size = 2; size <= n; size <<= 1) {
    const angle = -2 * Math.PI / size;
    for (let k = 0; k < size / 2; ++k) {
      const c = Math.cos(angle * k), s = Math.sin(angle * k);
      for (let i = k; i < n; i += size) {
        const j = i + size / 2;
        const x = re[j] * c - im[j] * s, y = re[j] * s + im[j] * c;
        re[j] = re[i] - x; im[j] = im[i] - y;
        re[i] += x; im[i] += y;
      }
    }
  }
}

// [columns][bins] in dB, bins from 0 Hz to half the rate.
function levels(samples, columns) {
  const re = new Float64Array(WINDOW), im = new Float64Array(WINDOW), made = [];
  for (let column = 0; column < columns; ++column) {
    const begin = Math.round((column + 0.5) * samples.length / columns) - WINDOW / 2;
    for (let i = 0; i < WINDOW; ++i) {
      re[i] = (samples[begin + i] || 0) * (0.5 - 0.5 * Math.cos(2 * Math.PI * i / WINDOW));
      im[i] = 0;
    }
    fourier(re, im);
    const bins = new Float32Array(WINDOW / 2);
    for (let i = 0; i < bins.length; ++i) bins[i] = 10 * Math.log10(re[i] * re[i] + im[i] * im[i] + 1e-10);
    made.push(bins);
  }
  return made;
}

const LOUDNESS = [[0, 0, 8], [40, 17, 90], [125, 35, 115], [205, 65, 80], [245, 140, 45], [252, 250, 190]];
const DIFFERENCE = [[30, 90, 200], [150, 185, 235], [248, 248, 248], [240, 165, 140], [190, 35, 30]];

function colour(stops, share) {
  const at = Math.min(Math.max(share, 0), 1) * (stops.length - 1), low = Math.min(Math.floor(at), stops.length - 2);
  return stops[low].map((value, i) => value + (at - low) * (stops[low + 1][i] - value));
}

// Draws share(column, bin), 0 to 1, up to `bins`, low frequencies at the bottom.
function draw(canvas, columns, bins, stops, share) {
  canvas.width = columns;
  canvas.height = bins / 2;
  const context = canvas.getContext("2d"), image = context.createImageData(canvas.width, canvas.height);
  for (let y = 0; y < canvas.height; ++y)
    for (let x = 0; x < columns; ++x) {
      const bin = bins - 2 - 2 * y;
      image.data.set([...colour(stops, share(x, bin)), 255], 4 * (y * columns + x));
    }
  context.putImageData(image, 0, 0);
}

const COLUMNS = 600, RANGE_DB = 80, DIFFERENCE_DB = 20;

function drawLevels(canvas, sound, loudest) {
  draw(canvas, COLUMNS, WINDOW / 2, LOUDNESS, (x, bin) => 1 + (sound[x][bin] - loudest) / RANGE_DB);
}

// What lies RANGE_DB under the loudest in both counts as equal.
function drawDifference(canvas, reference, sound, loudest) {
  const heard = (value) => Math.max(value, loudest - RANGE_DB);
  draw(canvas, COLUMNS, WINDOW / 2, DIFFERENCE,
    (x, bin) => 0.5 + (heard(sound[x][bin]) - heard(reference[x][bin])) / (2 * DIFFERENCE_DB));
}
