/** Which words of a program are told apart by colour, in the book and in its editor. The theme says how they look. */
import { tagHighlighter, tags } from "@lezer/highlight";

export const colours = tagHighlighter([
  { tag: [tags.keyword, tags.modifier, tags.operatorKeyword], class: "code-keyword" },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], class: "code-string" },
  { tag: [tags.number, tags.bool, tags.null], class: "code-number" },
  { tag: tags.comment, class: "code-comment" },
  { tag: [tags.function(tags.variableName), tags.function(tags.propertyName)], class: "code-function" },
  { tag: [tags.typeName, tags.className], class: "code-type" },
]);
