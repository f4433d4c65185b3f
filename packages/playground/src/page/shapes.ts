/** Block Kit as the page reads it: every field may be absent, since what it draws comes from outside. */
export interface Text {
  type?: string;
  text?: string;
  emoji?: boolean;
  verbatim?: boolean;
}

/** The dialog before a press is sent. */
export interface Asking {
  title?: Text;
  text?: Text;
  confirm?: Text;
  deny?: Text;
  style?: string;
}

/** An element of a block: text, a button, a menu, a field. */
export interface Element extends Omit<Text, 'text'> {
  action_id?: string;
  text?: Text | string;
  value?: string;
  style?: string;
  url?: string;
  alt_text?: string;
  accessibility_label?: string;
  confirm?: Asking;
  placeholder?: Text;
  options?: { text?: Text; description?: Text; value?: string }[];
  initial_option?: { value?: string };
  initial_value?: string;
  multiline?: boolean;
  min_length?: number;
  max_length?: number;
}

/** A block of a message or modal. */
export interface Block extends Omit<Element, 'text'> {
  block_id?: string;
  text?: Text | string;
  fields?: Text[];
  accessory?: Element;
  elements?: Element[];
  element?: Element;
  label?: Text;
  hint?: Text;
  optional?: boolean;
  title?: string;
  chart?: Chart;
}

/** The lines of a chart block, and the times below them. */
export interface Chart {
  series?: { name?: string; data?: { value?: number }[] }[];
  axis_config?: { categories?: string[]; x_label?: string };
}

/** What a control of a message or modal does when a person uses it. Resolves to a sentence when it failed. */
export type Use = (element: Element, option?: string) => Promise<string | undefined>;
