import { createAudioAnalyser, type LocalAudioTrack } from '@balai/client';
import { useEffect, useState } from 'react';

const SAMPLE_EVERY_MS = 80;
const BARS = 12;

/** How loud the microphone is, between 0 and 1; 0 without one. */
function useLevel(track: LocalAudioTrack | null): number {
  const [level, setLevel] = useState(0);
  useEffect(() => {
    if (track === null) return;
    const analyser = createAudioAnalyser(track);
    const timer = window.setInterval(() => {
      // Speech is far from full scale: the root shows it as people hear it.
      setLevel(Math.min(1, Math.sqrt(analyser.calculateVolume()) * 1.4));
    }, SAMPLE_EVERY_MS);
    return () => {
      window.clearInterval(timer);
      setLevel(0);
      void analyser.cleanup();
    };
  }, [track]);
  return level;
}

/** Shows that the microphone hears something. */
export function LevelMeter({ track }: { track: LocalAudioTrack | null }) {
  const level = useLevel(track);
  const lit = Math.round(level * BARS);
  return (
    // biome-ignore lint/a11y/useSemanticElements: the bars of <meter> can't be styled alike everywhere.
    <div
      className="level-meter"
      role="meter"
      aria-label="Microphone level"
      aria-valuemin={0}
      aria-valuemax={BARS}
      aria-valuenow={lit}
    >
      {Array.from({ length: BARS }, (_, index) => (
        <span
          // biome-ignore lint/suspicious/noArrayIndexKey: the bars never change places.
          key={index}
          className={index < lit ? 'level-meter__bar level-meter__bar--lit' : 'level-meter__bar'}
        />
      ))}
    </div>
  );
}
