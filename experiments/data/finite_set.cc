#include "experiments/data/finite_set.h"

#include <fmt/format.h>

#include <algorithm>

#include "autograd/arithmetic.h"
#include "autograd/io/sha256.h"
#include "experiments/data/finite_exact.h"
#include "experiments/data/shuffle.h"

namespace ito::experiments {
namespace {

std::vector<std::int64_t> rows_of_class(const Examples& examples, int label) {
  std::vector<std::int64_t> rows;
  const std::span<const std::int32_t> labels = examples.labels.span<std::int32_t>();
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (labels[i] == label) rows.push_back(static_cast<std::int64_t>(i));
  return rows;
}

// Example `number` of a seed: place number mod n of the shuffle of epoch number / n.
Examples draw_rows(const std::string& name, const Examples& from, std::uint64_t seed, std::int64_t first,
                   std::int64_t count, int label, int classes) {
  if (first < 0 || count < 0) throw InputError(fmt::format("{}: examples {} + {} asked for", name, first, count));
  if (label >= classes) throw InputError(fmt::format("{}: class {} asked for; it has {}", name, label, classes));
  const std::vector<std::int64_t> chosen = label < 0 ? std::vector<std::int64_t>{} : rows_of_class(from, label);
  const std::int64_t n = label < 0 ? from.x.dim(0) : static_cast<std::int64_t>(chosen.size());
  if (n == 0 && count > 0) throw InputError(fmt::format("{}: there are no examples of class {}", name, label));
  std::vector<std::int64_t> rows;
  std::vector<std::int32_t> order;
  for (std::int64_t number = first; number < first + count; ++number) {
    if (order.empty() || number % n == 0) order = shuffled(n, seed, number / n);
    const std::int64_t place = order[static_cast<std::size_t>(number % n)];
    rows.push_back(label < 0 ? place : chosen[static_cast<std::size_t>(place)]);
  }
  return gather(from, rows);
}

}  // namespace

Examples gather(const Examples& examples, std::span<const std::int64_t> rows) {
  Examples result{gather_first(examples.x, rows), {}};
  if (!examples.labels.defined()) return result;
  result.labels = Tensor::empty({static_cast<std::int64_t>(rows.size())}, DType::i32);
  const std::span<const std::int32_t> from = examples.labels.span<std::int32_t>();
  std::transform(rows.begin(), rows.end(), result.labels.mutable_span<std::int32_t>().begin(),
                 [&](std::int64_t row) { return from[static_cast<std::size_t>(row)]; });
  return result;
}

std::shared_ptr<const Dataset> finite_dataset(std::string name, Examples train, Examples held_out,
                                              std::vector<std::string> class_names, int classes) {
  auto data = std::make_shared<Dataset>();
  data->name = std::move(name);
  const std::span<const std::int64_t> extents = train.x.shape().extents();
  data->sample_shape = Shape(extents.subspan(1));
  data->classes = classes;
  data->class_names = std::move(class_names);
  data->train = std::move(train);
  data->held_out = std::move(held_out);

  Sha256 hash;
  hash.text(data->name).integer(classes);
  for (const Examples* part : {&data->train, &data->held_out})
    for (const Tensor* x : {&part->x, &part->labels})
      if (x->defined()) hash.tensor(*x);
  data->hash = hash.hex();

  data->draw = [source = data->drawn_from(), name = data->name, classes](std::uint64_t seed, std::int64_t first,
                                                                         std::int64_t count, int label) {
    return draw_rows(name, source, seed, first, count, label, classes);
  };
  FiniteExact exact = finite_exact_models(data->train, classes, data->hash);
  data->exact = std::move(exact.models);
  data->gaussian = std::move(exact.gaussian);
  return data;
}

}  // namespace ito::experiments
