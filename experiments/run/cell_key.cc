#include "experiments/run/cell_key.h"

#include "autograd/io/sha256.h"
#include "experiments/store/value_bytes.h"
#include "samplers/paths/wrapper.h"

namespace ito::experiments {
namespace {

// Of the entries that an entry's parameters name, and that those name in turn: a change of theirs alters its bits.
// Their own parameters are told among its own.
void add_numerics_of_named(Sha256& hash, std::string_view kind, const std::string& name, const Parameters& parameters) {
  if (kind == "grid" && parameters.all().contains("solver"))
    hash.integer(find_entry("solver", parameters.text("solver")).numerics);
  if (kind == "path" && parameters.all().contains("of")) {
    const NamedPath base = named_base(name, parameters);
    hash.integer(base.entry.numerics);
    add_numerics_of_named(hash, kind, base.entry.name, {base.entry, base.given});
  }
}

void add_entry(Sha256& hash, const CellSettings& settings, std::string_view kind, const std::string& name) {
  const Entry& entry = find_entry(kind, name);
  hash.text(kind).text(name).integer(entry.numerics);
  const Parameters parameters = settings.parameters(kind, name);
  hash.integer(static_cast<std::int64_t>(parameters.all().size()));
  for (const auto& [key, value] : parameters.all()) {
    hash.text(key);
    hash.update(value_bytes(value));
  }
  add_numerics_of_named(hash, kind, name, parameters);
}

}  // namespace

std::string entry_hash(const CellSettings& settings, std::string_view kind, const std::string& name) {
  Sha256 hash;
  add_entry(hash, settings, kind, name);
  return hash.hex();
}

std::string cell_key(const CellSettings& settings, const std::string& data_hash, const std::string& weights,
                     const std::string& metrics_hash) {
  Sha256 hash;
  hash.text("ito cell 1").text("mode: cpu, ieee").integer(kCoreNumerics);
  hash.text(data_hash).text(weights);
  // The path on which a network's weights are asked: the same untrained weights are two denoisers on two paths.
  if (const std::string& path = settings.text("training.path"); !weights.empty()) {
    const Entry& entry = find_entry("path", path);
    hash.text(make_path(path)->signature()).integer(entry.numerics);
    add_numerics_of_named(hash, "path", path, {entry, {}});
  }
  for (const RegisteredTable& table : registered_tables()) {
    // The data are their hash: the same array under another file name is the same data.
    if (table.kind == "data") continue;
    const Value& names = settings.value(table.name_key);
    if (const auto* many = std::get_if<std::vector<std::string>>(&names)) {
      hash.integer(static_cast<std::int64_t>(many->size()));
      for (const std::string& name : *many) add_entry(hash, settings, table.kind, name);
    } else {
      add_entry(hash, settings, table.kind, std::get<std::string>(names));
    }
  }
  if (!metrics_hash.empty()) hash.text(metrics_hash);
  // Fixed keys that decide bits. The other ones of training act through the weights.
  for (const FixedKey& key : fixed_keys()) {
    const std::string& name = key.parameter.name;
    if (!key.decides_bits || name == "data.name" || name.starts_with("training.")) continue;
    hash.text(name);
    hash.update(value_bytes(settings.value(name)));
  }
  return hash.hex();
}

}  // namespace ito::experiments
