// Lines of the journal as a reader wants them: those of one operation are one, and what comes in floods is counted.
const ROUTINE = [
  "input-heard",
  "input-hints",
  "input-released",
  "input-turn",
  "input-traits",
  "release",
  "assign",
  "move",
];
const NEAR_S = 2;

export const isRoutine = ({ verb }) => ROUTINE.includes(verb);

// Newest first in, newest first out: [{key, line, lines, count}]; `line` is the first of `lines`.
export function fold(lines) {
  const rows = [];
  for (const line of lines) {
    const last = rows.at(-1);
    if (last && belongs(last.lines.at(-1), line)) {
      last.lines.push(line);
      last.count += line.count;
    } else {
      rows.push({ key: line.sequence, line, lines: [line], count: line.count });
    }
  }
  return rows;
}

function belongs(one, other) {
  if (one.kind !== other.kind || one.verb !== other.verb) return false;
  if (one.op && one.op === other.op) return true;
  return isRoutine(one) && one.reason === other.reason && Math.abs(one.at - other.at) < NEAR_S;
}
