// Safetensors files: an 8-byte little-endian header length, a JSON header, then the data of all
// entries without gaps. https://github.com/huggingface/safetensors#format
#pragma once
#include "runtime/core/Str.h"
#include "runtime/core/Tensor.h"
#include <map>
#include <string>
#include <vector>

namespace nnrt {

struct ArchiveEntry {
  std::string name;
  int32_t dtype;
  std::vector<int64_t> shape;
  int64_t offset, bytes; // writing: in the tensor's data; reading: in the data part of the file
  nnrt_tensor *tensor = nullptr; // writing: retained
  std::string typeText() const {
    return nnrt::typeText(dtype, int32_t(shape.size()), shape.data());
  }
};

/// The format's name of a dtype (F32), and back (-1: not one of ours).
const char *archiveDTypeName(int32_t dtype);
int32_t archiveDType(const std::string &name);

/// Strings are kept in the metadata under this prefix and their name.
constexpr const char *stringPrefix = "str.";

} // namespace nnrt

struct nnrt_archive : nnrt::Object {
  explicit nnrt_archive(nnrt_context *ctx) : Object(ctx, nnrt::Kind::Archive) {}
  ~nnrt_archive() override { nnrt_archive::clear(); }
  void clear() override;
  /// By name; null when missing.
  const nnrt::ArchiveEntry *find(const std::string &name) const;

  /// A name behind the path at hand.
  std::string at(const std::string &name) const {
    const std::string &path = paths.empty() ? std::string() : paths.back();
    return path.empty() || name.empty() ? path + name : path + "." + name;
  }

  std::vector<std::string> paths; // entered and not left
  std::vector<nnrt::ArchiveEntry> entries;
  std::map<std::string, size_t> byName;
  std::map<std::string, std::string> metadata;
  // Reading only.
  std::string path;
  int fd = -1;
  int64_t dataStart = 0;
};
