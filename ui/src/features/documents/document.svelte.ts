// One open document: its watched frame, and the Y.Doc that the editor and the engine share. The editors are Svelte
// components beside it; merging is Yjs's, keeping is the engine's.
import * as Y from "yjs";
import { DocProvider } from "../../ipc/doc_provider";
import type { DocumentView } from "../../ipc/types/view";
import { Watch } from "../../ipc/watch.svelte";
import { attempt } from "../../session/attempt";
import { copyLinkTo } from "../../session/copy_link";
import type { Session } from "../../session/session.svelte";

/** The Yjs root of a document's body, whatever its kind. */
export const BODY = "content";

/** What a document keeps of what was deleted: which blocks there were, so that words can be found below one that was
 *  replaced (see binding/rescue.ts). Their characters go. */
export const keepsBlocks = (item: Y.Item): boolean => !(item.content instanceof Y.ContentType);

export class OpenDocument {
  readonly #watch: Watch<DocumentView>;
  readonly view = $derived.by(() => this.#watch.view);
  readonly absent = $derived.by(() => this.#watch.absent);
  readonly doc = new Y.Doc({ gcFilter: keepsBlocks });
  readonly provider: DocProvider;
  /** Was its body held here when it was opened? Then what is held is shown, whatever the link does. */
  #held = $state(false);
  #given = $state(false);
  #synced = $state(false);
  /** Is there a whole state, so that an editor may show it? */
  readonly ready = $derived(this.#synced || (this.#held && this.#given));
  failure: unknown = $state.raw();
  readonly failed = $derived.by(() => this.failure ?? this.#watch.failed);

  constructor(
    readonly session: Session,
    readonly document: string,
    /** This one is done with: another is to be opened in its place. */
    restart: () => void,
  ) {
    this.#watch = new Watch<DocumentView>({ view: "document", document }, (view) => (this.#held = view.held));
    this.provider = new DocProvider(document, this.doc, {
      onState: () => (this.#given = true),
      onSynced: () => (this.#synced = true),
      onRestart: restart,
      onFailed: (error) => (this.failure = error),
    });
  }

  /** Who this editor's caret belongs to. */
  get user(): { name: string; colour: number; person: string } {
    const me = this.session.me;
    return { name: me?.name ?? "", colour: me?.colour ?? 1, person: me?.id ?? "" };
  }

  close(): void {
    this.#watch.stop();
    this.provider.close();
    this.doc.destroy();
  }

  async rename(title: string): Promise<void> {
    const document = this.view?.document;
    if (!document || title.trim() === "" || title.trim() === document.title) return;
    await attempt({
      do: "change_document",
      room: document.room,
      document: document.id,
      title: title.trim(),
      archived: document.archived,
    });
  }

  async archive(archived: boolean): Promise<void> {
    const document = this.view?.document;
    if (document)
      await attempt({
        do: "change_document",
        room: document.room,
        document: document.id,
        title: document.title,
        archived,
      });
  }

  async copyLink(): Promise<void> {
    const { view } = this;
    if (view) await copyLinkTo(this.session, { space: view.space, room: view.room.id, document: this.document });
  }
}
