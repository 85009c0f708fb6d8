#include "compiler/diagnostics/Emitter.h"
#include "compiler/diagnostics/Utf8.h"
#include <algorithm>
#include <cstdlib>
#include <map>
#include <ostream>
#include <tuple>
#include <unistd.h>

namespace nnc {
namespace {

// A source line made fit for a terminal, and where its bytes went.
struct ShownLine {
  std::string text;
  std::vector<uint32_t> column; // of each byte, and one for the end
};

constexpr uint32_t kTabWidth = 4;
constexpr uint32_t kMaxWidth = 160; // longer lines are cut

// How many bytes the code point at `i` has, 0 when it is not valid UTF-8 or a control character.
size_t printableLength(std::string_view text, size_t i) {
  unsigned char lead = (unsigned char)text[i];
  bool control = lead < 0x20 || lead == 0x7F ||
                 (lead == 0xC2 && i + 1 < text.size() && (unsigned char)text[i + 1] < 0xA0);
  return control ? 0 : utf8Length(text, i);
}

ShownLine showLine(std::string_view line) {
  ShownLine shown;
  uint32_t column = 0;
  for (size_t i = 0; i < line.size();) {
    size_t length = printableLength(line, i);
    shown.column.insert(shown.column.end(), std::max<size_t>(length, 1), column);
    if (line[i] == '\t') {
      uint32_t width = kTabWidth - column % kTabWidth;
      shown.text.append(width, ' ');
      column += width;
    } else {
      shown.text += length ? std::string(line.substr(i, length)) : "\xEF\xBF\xBD"; // U+FFFD
      ++column;
    }
    i += std::max<size_t>(length, 1);
  }
  shown.column.push_back(column);
  return shown;
}

// `count` code points of `text` from code point `from`.
std::string cut(const std::string &text, uint32_t from, uint32_t count) {
  std::string result;
  uint32_t column = 0;
  for (char c : text) {
    bool lead = (c & 0xC0) != 0x80;
    column += lead;
    if (column > from && column <= from + count)
      result += c;
  }
  return result;
}

struct Underline {
  uint32_t begin, end; // columns from 0
  bool primary;
  const std::string *label;
};

struct Palette {
  const char *head, *strong, *gutter, *mark, *off;
};

Palette paletteFor(Severity severity, bool color) {
  if (!color)
    return {"", "", "", "", ""};
  const char *head = severity == Severity::Error ? "\x1b[1;31m" : "\x1b[1;33m";
  return {head, "\x1b[1m", "\x1b[1;34m", head, "\x1b[0m"};
}

class TextEmitter {
public:
  TextEmitter(std::ostream &out, const SourceManager &sources, const Diagnostic &diagnostic,
              bool color)
      : out(out), sources(sources), diagnostic(diagnostic),
        colors(paletteFor(diagnostic.severity(), color)) {}

  void run() {
    bool error = diagnostic.severity() == Severity::Error;
    out << colors.head << (error ? "error" : "warning") << '[' << info(diagnostic.kind).id << ']'
        << colors.off << colors.strong << ": " << diagnostic.message << colors.off << '\n';
    collect();
    for (uint32_t file : fileOrder)
      printFile(file);
    for (const Diagnostic::Note &note : diagnostic.notes) {
      std::string place = sources.place(note.loc);
      printRemark("note", place.empty() ? note.text : note.text + ", " + place);
    }
    if (!diagnostic.helpText.empty())
      printRemark("help", diagnostic.helpText);
  }

private:
  std::ostream &out;
  const SourceManager &sources;
  const Diagnostic &diagnostic;
  Palette colors;
  // file -> line -> the marks on it
  std::map<uint32_t, std::map<uint32_t, std::vector<std::pair<const Diagnostic::Mark *, bool>>>>
      marks;
  std::vector<uint32_t> fileOrder;
  size_t gutter = 1; // the width of the largest line number

  void add(const Diagnostic::Mark &mark, bool primary) {
    if (!mark.loc.valid() || mark.loc.file >= sources.size())
      return;
    uint32_t line = sources.lineCol(mark.loc).line;
    gutter = std::max(gutter, std::to_string(line).size());
    if (!marks.count(mark.loc.file))
      fileOrder.push_back(mark.loc.file);
    marks[mark.loc.file][line].push_back({&mark, primary});
  }

  void collect() {
    add(diagnostic.primary, true);
    for (const Diagnostic::Mark &mark : diagnostic.secondary)
      add(mark, false);
  }

  void printGutter(const std::string &number) {
    out << colors.gutter << ' ' << std::string(gutter - number.size(), ' ') << number << " |"
        << colors.off;
  }

  void printFile(uint32_t id) {
    bool first = id == fileOrder.front();
    Loc place = marks[id].begin()->second.front().first->loc;
    if (first)
      place = diagnostic.primary.loc.valid() ? diagnostic.primary.loc : place;
    out << colors.gutter << std::string(gutter + 1, ' ') << (first ? "--> " : "::: ") << colors.off
        << sources.place(place) << '\n';
    uint32_t previous = 0;
    for (auto &[line, onLine] : marks[id]) {
      if (previous && line > previous + 1)
        out << colors.gutter << " ..." << colors.off << '\n';
      previous = line;
      printLine(sources.file(id), line, onLine);
    }
  }

  void printLine(const SourceFile &file, uint32_t line,
                 const std::vector<std::pair<const Diagnostic::Mark *, bool>> &onLine) {
    std::string_view text = file.lineText(line);
    ShownLine shown = showLine(text);
    uint32_t start = file.lineBegin(line), width = shown.column.back();
    std::vector<Underline> lines;
    for (auto &[mark, primary] : onLine) {
      size_t begin = std::min<size_t>(mark->loc.begin - start, text.size());
      size_t end = std::min<size_t>(std::max(mark->loc.end, mark->loc.begin) - start, text.size());
      uint32_t from = shown.column[begin];
      lines.push_back({from, std::max(shown.column[end], from + 1), primary, &mark->label});
    }
    if (width > kMaxWidth)
      narrow(shown.text, width, lines);
    printGutter(std::to_string(line));
    out << (shown.text.empty() ? "" : " ") << shown.text << '\n';
    printUnderlines(lines);
  }

  // Keeps what stands around the marks of a very long line.
  static void narrow(std::string &text, uint32_t width, std::vector<Underline> &lines) {
    uint32_t anchor = lines.front().begin;
    for (const Underline &line : lines)
      anchor = line.primary ? line.begin : anchor;
    uint32_t from = anchor > kMaxWidth / 2 ? anchor - kMaxWidth / 2 : 0;
    std::string lead = from ? "..." : "", tail = from + kMaxWidth < width ? "..." : "";
    text = lead + cut(text, from, kMaxWidth) + tail;
    auto move = [&](uint32_t column) {
      uint32_t kept = std::min(std::max(column, from), from + kMaxWidth);
      return kept - from + uint32_t(lead.size());
    };
    for (Underline &line : lines) {
      line.begin = move(line.begin);
      line.end = std::max(move(line.end), line.begin + 1);
    }
  }

  void printUnderlines(std::vector<Underline> &lines) {
    std::sort(lines.begin(), lines.end(), [](const Underline &a, const Underline &b) {
      return std::tie(a.begin, a.primary, a.end) < std::tie(b.begin, b.primary, b.end);
    });
    uint32_t width = 0;
    for (const Underline &line : lines)
      width = std::max(width, line.end);
    std::string row(width, ' ');
    for (bool primary : {false, true})
      for (const Underline &line : lines)
        if (line.primary == primary)
          std::fill(row.begin() + line.begin, row.begin() + line.end, primary ? '^' : '-');
    const Underline last = lines.back();
    bool beside = last.end == width && !last.label->empty();
    printMarkRow(beside ? row + " " + *last.label : row);
    if (beside)
      lines.pop_back();
    printHanging(lines);
  }

  // Each label below its mark, the rightmost first.
  void printHanging(std::vector<Underline> &lines) {
    while (!lines.empty()) {
      Underline line = lines.back();
      lines.pop_back();
      if (line.label->empty())
        continue;
      std::string row(line.begin, ' ');
      for (const Underline &waiting : lines)
        if (!waiting.label->empty() && waiting.begin < line.begin)
          row[waiting.begin] = '|';
      printMarkRow(row + *line.label);
    }
  }

  void printMarkRow(const std::string &row) {
    printGutter("");
    out << ' ' << colors.mark << row << colors.off << '\n';
  }

  void printRemark(const char *word, const std::string &text) {
    out << colors.gutter << std::string(gutter + 2, ' ') << "= " << colors.off << colors.strong
        << word << colors.off << ": " << text << '\n';
  }
};

} // namespace

bool colorFor(int fileDescriptor) {
  const char *refused = std::getenv("NO_COLOR");
  return isatty(fileDescriptor) && !(refused && *refused);
}

void emitText(std::ostream &out, const SourceManager &sources, const Diagnostic &diagnostic,
              bool color) {
  TextEmitter(out, sources, diagnostic, color).run();
}

void emit(std::ostream &out, const SourceManager &sources, const Diagnostics &diagnostics,
          EmitOptions options) {
  size_t count = 0;
  std::vector<const Diagnostic *> list = diagnostics.sorted();
  for (const Diagnostic *diagnostic : list) {
    if (!options.json && count == options.limit) {
      out << "and " << list.size() - count << " more\n";
      return;
    }
    ++count;
    if (options.json)
      emitJson(out, sources, *diagnostic);
    else
      emitText(out, sources, *diagnostic, options.color);
  }
}

} // namespace nnc
