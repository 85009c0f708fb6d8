#include "runtime/io/Archive.h"
#include "runtime/io/AtomicFile.h"
#include "runtime/optim/Tree.h"
#include <algorithm>
#include <nlohmann/json.hpp>
#include <unistd.h>

using namespace nnrt;

static const char *const archiveNames[] = {"F16", "BF16", "F32", "F64", "I8",  "I16", "I32",
                                           "I64", "U8",   "U16", "U32", "U64", "BOOL"};

const char *nnrt::archiveDTypeName(int32_t dtype) { return archiveNames[dtype]; }

int32_t nnrt::archiveDType(const std::string &name) {
  for (int32_t dtype = 0; dtype < NNRT_DTYPE_COUNT; ++dtype)
    if (name == archiveNames[dtype])
      return dtype;
  return -1;
}

void nnrt_archive::clear() {
  for (ArchiveEntry &entry : entries)
    nnrt_release(entry.tensor);
  entries.clear();
  if (fd >= 0)
    close(fd);
  fd = -1;
}

const ArchiveEntry *nnrt_archive::find(const std::string &name) const {
  auto found = byName.find(name);
  return found == byName.end() ? nullptr : &entries[found->second];
}

static void addEntry(nnrt_context *ctx, nnrt_archive &archive, ArchiveEntry entry) {
  if (!archive.byName.emplace(entry.name, archive.entries.size()).second)
    fail(ctx, "two values to save have the name `", entry.name, "`");
  nnrt_retain(entry.tensor);
  archive.entries.push_back(std::move(entry));
}

void nnrt_archive_enter(nnrt_archive *archive, const char *name) {
  archive->paths.push_back(archive->at(name));
}
void nnrt_archive_enter_index(nnrt_archive *archive, int64_t index) {
  archive->paths.push_back(archive->at(std::to_string(index)));
}
void nnrt_archive_leave(nnrt_archive *archive) { archive->paths.pop_back(); }

nnrt_archive *nnrt_archive_new(nnrt_context *ctx) { return new nnrt_archive(ctx); }

void nnrt_archive_add(nnrt_context *ctx, nnrt_archive *archive, const char *name,
                      nnrt_tensor *tensor) {
  std::vector<int64_t> shape(tensor->shape, tensor->shape + tensor->rank);
  addEntry(ctx, *archive,
           {archive->at(name), tensor->dtype, std::move(shape), 0, tensor->bytes, tensor});
}

void nnrt_archive_add_i64(nnrt_context *ctx, nnrt_archive *archive, const char *name,
                          int64_t value) {
  Ref<nnrt_tensor> scalar(nnrt_tensor_scalar_i64(ctx, NNRT_I64, value));
  nnrt_archive_add(ctx, archive, name, scalar.get());
}

void nnrt_archive_add_f64(nnrt_context *ctx, nnrt_archive *archive, const char *name,
                          double value) {
  Ref<nnrt_tensor> scalar(nnrt_tensor_scalar_f64(ctx, NNRT_F64, value));
  nnrt_archive_add(ctx, archive, name, scalar.get());
}

void nnrt_archive_add_str(nnrt_context *ctx, nnrt_archive *archive, const char *name,
                          nnrt_str *value) {
  std::string path = archive->at(name);
  if (!archive->metadata.emplace(cat(stringPrefix, path), value->text).second)
    fail(ctx, "two values to save have the name `", path, "`");
}

void nnrt_archive_add_tree(nnrt_context *ctx, nnrt_archive *archive, const char *prefix,
                           const nnrt_tree *tree, const int64_t *dims, nnrt_tensor *flat) {
  checkFlat(ctx, *tree, dims, *flat);
  for (TreeEntry &entry : treeEntries(ctx, *tree, dims, archive->at(prefix)))
    addEntry(ctx, *archive,
             {std::move(entry.name), entry.dtype, std::move(entry.shape), entry.offset, entry.bytes,
              flat});
}

// Entries in file order. Wide elements come first, so each starts at a multiple of its element
// size.
static std::vector<const ArchiveEntry *> fileOrder(const nnrt_archive &archive) {
  std::vector<const ArchiveEntry *> order;
  for (const ArchiveEntry &entry : archive.entries)
    order.push_back(&entry);
  std::stable_sort(order.begin(), order.end(),
                   [](auto *a, auto *b) { return dtypeSize(a->dtype) > dtypeSize(b->dtype); });
  return order;
}

void nnrt_archive_save(nnrt_context *ctx, nnrt_archive *archive, nnrt_str *path) {
  nlohmann::ordered_json header, &metadata = header["__metadata__"];
  metadata["format"] = "nnc";
  metadata["version"] = "1";
  for (const auto &[name, text] : archive->metadata)
    metadata[name] = text;
  auto order = fileOrder(*archive);
  int64_t offset = 0;
  for (const ArchiveEntry *entry : order) {
    header[entry->name] = {{"dtype", archiveDTypeName(entry->dtype)},
                           {"shape", entry->shape},
                           {"data_offsets", {offset, offset + entry->bytes}}};
    offset += entry->bytes;
  }
  std::string text = header.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  text.resize(size_t(roundUp(int64_t(text.size()) + 8, NNRT_ALIGN) - 8), ' ');
  AtomicFile file(ctx, path->text);
  uint64_t length = text.size();
  file.write(&length, 8);
  file.write(text.data(), int64_t(text.size()));
  for (const ArchiveEntry *entry : order)
    file.write(entry->tensor->host() + entry->offset, entry->bytes);
  file.commit();
}
