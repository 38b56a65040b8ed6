/** The texts of messages and of what is written to customers. */
export interface MessageWords {
  readonly withdrawn: string;
  readonly newlyWithdrawn: (name: string) => string;
  /** Title of the frame that shows a mail. */
  readonly html: string;
  readonly showImages: string;
  readonly imagesHint: string;
  readonly files: string;
  readonly open: (name: string) => string;
  readonly save: string;
  /** Why a file was not kept, by the hub's word for it. */
  readonly refused: Readonly<Record<string, string>>;
  readonly typing: (name: string) => string;
  readonly attach: string;
  readonly attached: string;
  readonly uploading: string;
  readonly detach: (name: string) => string;
  readonly tooMany: (count: number) => string;
  readonly phrases: string;
  readonly callLink: string;
  readonly search: string;
  readonly templates: string;
  readonly answers: string;
  readonly noPhrases: string;
  /** Whether a mail is its sender's, by the hub's word for it. */
  readonly sender: Readonly<Record<string, string>>;
  readonly checked: (results: string) => string;
  readonly replyTo: (address: string) => string;
  readonly answersTo: (address: string) => string;
  readonly automatic: (reason: string) => string;
  /** What of a message is missing, by the hub's word for it. */
  readonly cut: Readonly<Record<string, string>>;
  readonly choices: string;
  readonly choicesHint: (count: number, length: number) => string;
  readonly choicesOver: (count: number, length: number) => string;
  readonly choicesShown: (labels: string) => string;
  readonly place: string;
  readonly placeName: string;
  readonly placeAddress: string;
  readonly placeWhere: string;
  readonly placeUnknown: string;
  readonly placeShown: (where: string) => string;
  readonly sendPlace: string;
  readonly sticker: string;
  readonly stickerPackage: string;
  readonly whichSticker: string;
  readonly stickersPictured: string;
  readonly sendSticker: string;
}
