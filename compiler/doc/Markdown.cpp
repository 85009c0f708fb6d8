#include "compiler/doc/Doc.h"

namespace nnc::doc {

static void writeItem(std::string &out, const Item &item) {
  out += "### " + item.name + "\n\n```nn\n" + item.signature + "\n```\n";
  if (!item.text.empty())
    out += "\n" + item.text + "\n";
  for (size_t i = 0; i < item.members.size(); ++i) {
    const Item &member = item.members[i];
    out += (i ? "- `" : "\n- `") + member.signature + "`";
    out += member.text.empty() ? "\n" : ": " + member.text + "\n";
  }
  out += "\n";
}

std::string markdown(const std::vector<Section> &sections) {
  std::string out;
  for (const Section &section : sections) {
    out += "## " + section.title + "\n\n";
    if (!section.text.empty())
      out += section.text + "\n";
    for (const Item &item : section.items)
      writeItem(out, item);
  }
  return out;
}

} // namespace nnc::doc
