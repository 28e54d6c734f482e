import { writeFileSync } from 'node:fs';

const SAMPLE_RATE = 48_000;
const BYTES_PER_SAMPLE = 2;
const LOOP_SECONDS = 2;
/** A beat and the pause after it. Short enough to tell silence from a pause within a second. */
const BEAT_SECONDS = 0.25;
const PERIOD_SECONDS = 0.4;

/**
 * Writes a WAV file that loops without a seam: beats of one tone. Beats, because
 * a browser's noise suppression takes a steady tone for noise.
 *
 * @param frequencyHz By which listeners recognise the voice.
 */
export function writeFakeVoice(path: string, frequencyHz: number): void {
  const samples = SAMPLE_RATE * LOOP_SECONDS;
  const dataBytes = samples * BYTES_PER_SAMPLE;
  const file = Buffer.alloc(44 + dataBytes);
  file.write('RIFF', 0);
  file.writeUInt32LE(36 + dataBytes, 4);
  file.write('WAVEfmt ', 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(SAMPLE_RATE, 24);
  file.writeUInt32LE(SAMPLE_RATE * BYTES_PER_SAMPLE, 28);
  file.writeUInt16LE(BYTES_PER_SAMPLE, 32);
  file.writeUInt16LE(BYTES_PER_SAMPLE * 8, 34);
  file.write('data', 36);
  file.writeUInt32LE(dataBytes, 40);
  for (let index = 0; index < samples; index += 1) {
    const seconds = index / SAMPLE_RATE;
    const beat = (seconds % PERIOD_SECONDS) / BEAT_SECONDS;
    const loudness = beat < 1 ? 0.5 * Math.sin(Math.PI * beat) : 0;
    const value = loudness * Math.sin(2 * Math.PI * frequencyHz * seconds);
    file.writeInt16LE(Math.round(value * 32_767), 44 + index * BYTES_PER_SAMPLE);
  }
  writeFileSync(path, file);
}
