import { type RefObject, useEffect, useRef, useState } from "react";

/** Shows the back camera in a video element while mounted. True once it runs. */
export function useCamera(video: RefObject<HTMLVideoElement | null>, unavailable: () => void): boolean {
  const [running, setRunning] = useState(false);
  const latest = useRef(unavailable);
  latest.current = unavailable;
  useEffect(() => {
    let left = false;
    let stream: MediaStream | null = null;
    const wish = { facingMode: "environment", width: { ideal: 2560 }, height: { ideal: 1920 } };
    Promise.resolve()
      .then(() => navigator.mediaDevices.getUserMedia({ video: wish, audio: false }))
      .then(async (opened) => {
        stream = opened;
        if (left || !video.current) return stop(opened);
        video.current.srcObject = opened;
        await video.current.play();
        setRunning(true);
      })
      .catch(() => !left && latest.current());
    return () => {
      left = true;
      if (stream) stop(stream);
    };
  }, [video]);
  return running;
}

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
