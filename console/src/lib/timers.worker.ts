// Keeps the time for timers.ts: {id, every} and {id, after} in ms begin a timer, {id} alone ends it; its id is said when it is due.
const running = new Map<number, ReturnType<typeof setTimeout>>();

onmessage = ({ data }: MessageEvent<{ id: number; every?: number; after?: number }>) => {
  const { id, every, after } = data;
  const say = () => postMessage(id);
  if (every !== undefined) running.set(id, setInterval(say, every));
  else if (after !== undefined) running.set(id, setTimeout(say, after));
  else {
    clearTimeout(running.get(id)); // ends an interval as well
    running.delete(id);
  }
};
