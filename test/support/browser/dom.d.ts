/** What the types of playwright-core name of the DOM, whose own types would hide mistakes in code that runs in Node. */
interface Node {
  readonly nodeType: number;
}
interface HTMLElement extends Node {
  readonly tagName: string;
}
interface SVGElement extends Node {
  readonly tagName: string;
}
interface HTMLElementTagNameMap {
  readonly input: HTMLElement;
}
