#include "compiler/doc/Doc.h"

namespace nnc::doc {

// One page that needs nothing else.
static const char *const kHead = R"(<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Documentation</title>
<style>
body { font: 16px/1.5 sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
pre, code { font-family: monospace; background: #f3f3f3 }
pre { padding: .5rem; overflow-x: auto }
dt { margin-top: .5rem }
</style>
)";

// `code` in backticks becomes <code>.
static std::string escaped(const std::string &text) {
  std::string out;
  bool inCode = false;
  for (char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else if (c == '`')
      out += (inCode = !inCode) ? "<code>" : "</code>";
    else
      out += c;
  }
  return inCode ? out + "</code>" : out;
}

static std::string anchor(const Section &section, const Item &item) {
  return escaped(section.title + "." + item.name);
}

static void writeHtml(std::string &out, const Section &section, const Item &item) {
  out += "<h3 id=\"" + anchor(section, item) + "\">" + escaped(item.name) + "</h3>\n<pre>" +
         escaped(item.signature) + "</pre>\n";
  if (!item.text.empty())
    out += "<p>" + escaped(item.text) + "</p>\n";
  if (item.members.empty())
    return;
  out += "<dl>\n";
  for (const Item &member : item.members)
    out += "<dt><code>" + escaped(member.signature) + "</code></dt><dd>" + escaped(member.text) +
           "</dd>\n";
  out += "</dl>\n";
}

std::string html(const std::vector<Section> &sections) {
  std::string out = kHead;
  out += "<nav>\n";
  for (const Section &section : sections) {
    out += "<p><b>" + escaped(section.title) + "</b>:";
    for (const Item &item : section.items)
      out += " <a href=\"#" + anchor(section, item) + "\">" + escaped(item.name) + "</a>";
    out += "</p>\n";
  }
  out += "</nav>\n";
  for (const Section &section : sections) {
    out += "<h2>" + escaped(section.title) + "</h2>\n";
    if (!section.text.empty())
      out += "<p>" + escaped(section.text) + "</p>\n";
    for (const Item &item : section.items)
      writeHtml(out, section, item);
  }
  return out + "</html>\n";
}

} // namespace nnc::doc
