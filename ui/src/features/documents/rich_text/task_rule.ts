// `- [ ] ` makes a task. The list that `- ` has made is there when `[ ] ` is typed, and Tiptap's own rule makes tasks of
// paragraphs outside of lists only.
import { Extension, InputRule } from "@tiptap/core";

/** Empty, or with a cross that says done. */
const BOX = /^\[([ xX]?)\]\s$/;

export const TaskRule = Extension.create({
  name: "taskRule",
  priority: 1_100,
  addInputRules: () => [
    new InputRule({
      find: BOX,
      handler: ({ state, range, match, chain }) => {
        const { $from } = state.selection;
        if (
          $from.depth < 3 ||
          $from.node(-1).type.name !== "listItem" ||
          $from.node(-2).type.name !== "bulletList" ||
          $from.index(-1) > 0
        )
          return null;
        chain()
          .deleteRange(range)
          .toggleTaskList()
          .updateAttributes("taskItem", { checked: match[1]?.toLowerCase() === "x" })
          .run();
        return undefined;
      },
    }),
  ],
});
