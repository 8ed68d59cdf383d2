/** What one mail says about one thing, a link or the webhooks of the project, twice: for readers of plain text and of HTML. */
export interface MailSection {
  /** One line of plain text: the subject of the mail, and the heading. */
  readonly heading: string;
  readonly text: readonly string[];
  /** Markup, already escaped, below the heading. */
  readonly html: string;
}
