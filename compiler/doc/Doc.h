// Documentation from `///` comments, signatures and shapes, as Markdown or HTML.
#pragma once
#include "compiler/diagnostics/Source.h"
#include "compiler/frontend/ast/AST.h"
#include <string>
#include <vector>

namespace nnc::doc {

/// A declaration: `signature` is its source without the body, on one line.
struct Item {
  std::string name, signature, text;
  std::vector<Item> members; // of a model or struct
};

/// What one file or one folder of the library declares.
struct Section {
  std::string title, text;
  std::vector<Item> items;
};

/// Adds what the file makes public. Of a file that marks nothing `pub`: all that it declares.
void collect(Section &section, const SourceManager &sources, const ast::File &file);

std::string markdown(const std::vector<Section> &sections);
std::string html(const std::vector<Section> &sections);

} // namespace nnc::doc
