import { type AgentMessage, FerryError, type HubMessage } from '@ferryline/engine';
import type { DirectoryTree } from '../paths/directory-tree.ts';
import { makeDirectories, makeLinks, sealDirectories } from './tree.ts';

type TreeMessage = Extract<HubMessage, { type: 'arrange' | 'seal' }>;

/** Makes, and later seals, the directories and links of a run; one request after the other. */
export class TreeWork {
  readonly #tree: DirectoryTree;
  #last: Promise<void> = Promise.resolve();

  constructor(tree: DirectoryTree) {
    this.#tree = tree;
  }

  /** Carries a request out after those before it; the answer names what could not be done. */
  carryOut(message: TreeMessage, answer: (message: AgentMessage) => void): void {
    this.#last = this.#last
      .then(async () => answer(await this.#answerTo(message)))
      .catch((thrown: unknown) => {
        const { code, message: text } = FerryError.from(thrown);
        answer({ type: 'runFailed', run: message.run, code, message: text });
      });
  }

  async #answerTo(message: TreeMessage): Promise<AgentMessage> {
    const { run, page, into } = message;
    if (message.type === 'seal') {
      return { type: 'sealed', run, page, failures: await sealDirectories(this.#tree, into, message.directories) };
    }
    const failures = [
      ...(await makeDirectories(this.#tree, into, message.directories)),
      ...(await makeLinks(this.#tree, into, message.links, message.existing)),
    ];
    return { type: 'arranged', run, page, failures };
  }
}
