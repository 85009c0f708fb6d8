#include "compiler/doc/Doc.h"
#include <algorithm>

namespace nnc::doc {

// On one line, without comments.
static std::string oneLine(std::string_view text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i, 2) == "//")
      i = std::min(text.find('\n', i), text.size());
    bool space = i >= text.size() || std::isspace((unsigned char)text[i]);
    if (!space)
      result += text[i];
    else if (!result.empty() && result.back() != ' ')
      result += ' ';
  }
  return result.erase(result.find_last_not_of(" ") + 1);
}

namespace {
class Collector {
public:
  Collector(const SourceManager &sources, const ast::File &file)
      : sources(sources), file(file), text(sources.file(file.id).text()) {}

  void run(Section &section) {
    section.text += fileComment();
    bool marks = std::any_of(file.stmts.begin(), file.stmts.end(),
                             [](const ast::Stmt *stmt) { return isPublic(stmt); });
    for (const ast::Stmt *stmt : file.stmts)
      if (!marks || isPublic(stmt))
        add(section.items, stmt, stmt->loc.end);
  }

private:
  const SourceManager &sources;
  const ast::File &file;
  std::string_view text;

  static const ast::Decl *declaration(const ast::Stmt *stmt) {
    switch (stmt->kind) {
    case ast::Kind::FnDecl:
    case ast::Kind::StructDecl:
    case ast::Kind::FieldDecl:
    case ast::Kind::EnumDecl:
    case ast::Kind::ArgDecl:
      return static_cast<const ast::Decl *>(stmt);
    default:
      return nullptr;
    }
  }
  static bool isPublic(const ast::Stmt *stmt) {
    const ast::Decl *decl = declaration(stmt);
    return decl && (decl->marks.isPub() || decl->marks.isExport());
  }

  std::string between(uint32_t begin, uint32_t end) const {
    return oneLine(text.substr(begin, end - begin));
  }

  // The comment that a file begins with says what the file is.
  std::string fileComment() const {
    uint32_t code = file.tokens.empty() ? uint32_t(text.size()) : ~0u;
    for (const ast::Token &token : file.tokens)
      if (token.type != ast::Token::Newline) {
        code = token.loc.begin;
        break;
      }
    std::string result;
    for (const ast::Comment &comment : file.comments) {
      std::string_view line = sources.text(comment.loc);
      if (comment.loc.begin > code || comment.isDoc || line.substr(0, 2) != "//")
        break;
      result += std::string(line.substr(line.size() > 2 && line[2] == ' ' ? 3 : 2)) + "\n";
    }
    return result;
  }

  std::string function(const ast::FnDecl &fn) const {
    uint32_t end = fn.body ? fn.body->loc.begin : fn.loc.end;
    std::string result = "fn " + between(fn.name.loc.begin, end);
    if (fn.body && !fn.body->hasBraces && !result.empty() && result.back() == '=')
      result.pop_back();
    return oneLine(result);
  }

  void add(std::vector<Item> &items, const ast::Stmt *stmt, uint32_t end) const {
    const ast::Decl *decl = declaration(stmt);
    if (!decl)
      return;
    Item item;
    item.name = decl->name.text;
    item.text = decl->doc;
    if (auto *fn = decl->as<ast::FnDecl>()) {
      item.signature = function(*fn);
    } else if (auto *type = decl->as<ast::StructDecl>()) {
      size_t brace = std::min(text.find('{', type->name.loc.end), size_t(end));
      item.signature =
          (type->isModel ? "model " : "struct ") + between(type->name.loc.begin, uint32_t(brace));
      for (const ast::Decl *member : type->members)
        add(item.members, member, member->loc.end);
    } else if (auto *field = decl->as<ast::FieldDecl>()) {
      const char *role = field->role == ast::FieldDecl::Param   ? "param "
                         : field->role == ast::FieldDecl::State ? "state "
                                                                : "";
      item.signature = role + between(field->name.loc.begin, end);
    } else {
      item.signature =
          (decl->is<ast::EnumDecl>() ? "enum " : "arg ") + between(decl->name.loc.begin, end);
    }
    items.push_back(std::move(item));
  }
};
} // namespace

void collect(Section &section, const SourceManager &sources, const ast::File &file) {
  Collector(sources, file).run(section);
}

} // namespace nnc::doc
