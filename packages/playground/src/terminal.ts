import { createInterface, moveCursor, cursorTo, clearScreenDown } from 'node:readline';

/** Reads lines and writes text. */
export interface Terminal {
  /** True with a person at the terminal: it draws a prompt and a status line. */
  readonly interactive: boolean;
  print(text: string): void;
  /** The next line; undefined at the end of input. */
  read(prompt: string): Promise<string | undefined>;
  /** Draws the line above the prompt; interactive only. */
  status(text: string): void;
  close(): void;
}

/** Opens standard input and output. `interrupted` is called at Ctrl-C. */
export function openTerminal(interrupted: () => void): Terminal {
  const { stdin: input, stdout: output } = process;
  // Undefined where there is none; readline would then use the output alone.
  const interactive = Boolean(input.isTTY && output.isTTY);
  const lines: string[] = [];
  let wanting: ((line: string | undefined) => void) | undefined;
  let ended = false;
  let unread = false;
  let scripted = false;
  let above = '';
  let asking = '';
  const reader = createInterface({ input, output, terminal: interactive });

  function draw(): void {
    reader.setPrompt(`${above.slice(0, Math.max(0, output.columns - 1))}\n${asking}`);
    reader.prompt(true);
  }

  reader.on('line', (line) => {
    const take = wanting;
    wanting = undefined;
    scripted = true;
    if (take) take(line);
    else lines.push(line);
  });
  reader.on('close', () => {
    ended = true;
    if (!interactive) leave();
    wanting?.(undefined);
  });
  reader.on('SIGINT', interrupted);
  // The reader of the output has gone. Lines of a script still run.
  const leave = (): void => {
    if (interactive || (unread && ended && !scripted)) interrupted();
  };
  output.on('error', () => {
    unread = true;
    leave();
  });
  return {
    interactive,
    print(text) {
      if (!interactive || wanting === undefined) {
        output.write(`${text}\n`);
        return;
      }
      // The text goes where the prompt stood. Below it are as many lines as readline moves up before it draws again.
      const { rows } = reader.getCursorPos();
      moveCursor(output, 0, -rows);
      cursorTo(output, 0);
      clearScreenDown(output);
      output.write(`${text}\n${'\n'.repeat(rows)}`);
      draw();
    },
    read(prompt) {
      asking = prompt;
      const line = lines.shift();
      if (line !== undefined || ended) {
        if (line !== undefined) output.write(`${prompt}${line}\n`);
        return Promise.resolve(line);
      }
      return new Promise((resolve) => {
        wanting = (given) => {
          if (!interactive && given !== undefined) output.write(`${prompt}${given}\n`);
          resolve(given);
        };
        if (interactive) draw();
      });
    },
    status(text) {
      above = text;
      if (interactive && wanting) draw();
    },
    close: () => reader.close(),
  };
}
