/// vit_bench DATA METHOD [images] [float|double] [iterations of alpha] [tolerance]
///
/// Certified l2 radii of the first test images that the published MNIST vision Transformer
/// classifies correctly: mean, least, seconds an image. DATA is the folder with models/deept and
/// images_tabular.
#include <torch/types.h>
#include <torch/utils.h>
#include <zlib.h>

#include <chrono>
#include <cstdio>
#include <stdexcept>

#include "nlp/core/threads.h"
#include "verify/certify/radius_search.h"
#include "verify/network/vision_transformer.h"

namespace {

using namespace limbeck::verify;

std::vector<unsigned char> read_gz(const std::string& file, size_t skipped, size_t count) {
  gzFile stream = gzopen(file.c_str(), "rb");
  if (stream == nullptr) throw std::runtime_error("cannot read " + file);
  std::vector<unsigned char> bytes(skipped + count);
  const int read = gzread(stream, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(stream);
  if (read != static_cast<int>(bytes.size())) throw std::runtime_error("too short: " + file);
  return {bytes.begin() + static_cast<int64_t>(skipped), bytes.end()};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr,
                 "vit_bench DATA METHOD [images] [float|double] [iterations] [tolerance]\n");
    return 2;
  }
  at::set_num_threads(limbeck::thread_count());
  const at::NoGradGuard no_gradient;
  const std::string data = argv[1];
  const int64_t wanted = argc > 3 ? std::stol(argv[3]) : 100, pool = 2000;
  const at::ScalarType dtype =
      argc > 4 && std::string(argv[4]) == "float" ? at::kFloat : at::kDouble;
  std::vector<unsigned char> pixels =
      read_gz(data + "/images_tabular/t10k-images-idx3-ubyte.gz", 16, pool * 784);
  const std::vector<unsigned char> labels =
      read_gz(data + "/images_tabular/t10k-labels-idx1-ubyte.gz", 8, pool);
  const at::Tensor images = at::from_blob(pixels.data(), {pool, 28, 28}, at::kByte).to(dtype) / 255;
  const TensorFunction function =
      load_vision_transformer(data + "/models/deept/mnist_vit.safetensors", dtype);
  const Graph graph = trace_graph(function, images.narrow(0, 0, 1));
  const at::Tensor answers = evaluate(graph, images).argmax(1);
  RadiusSearchOptions options;
  options.method = argv[2];
  options.first = 0.2;
  options.tolerance = argc > 6 ? std::stod(argv[6]) : 0.01;
  if (argc > 5) options.bound.iterations = std::stol(argv[5]);
  int64_t correct = 0, done = 0;
  double sum = 0, least = 1e300, seconds = 0;
  for (int64_t i = 0; i < pool; ++i) {
    const int64_t label = labels[static_cast<size_t>(i)];
    if (answers[i].item<int64_t>() != label) continue;
    ++correct;
    if (done == wanted) continue;
    at::Tensor rows = at::zeros({9, 1, 10}, dtype);
    for (int64_t c = 0, r = 0; c < 10; ++c)
      if (c != label) rows[r][0][label] = 1, rows[r++][0][c] = -1;
    const auto start = std::chrono::steady_clock::now();
    const Radius radius = search_radii(graph, images.narrow(0, i, 1),
                                       at::arange(784, at::kLong).unsqueeze(0), rows, options)
                              .front();
    seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    sum += radius.certified, least = std::min(least, radius.certified), ++done;
  }
  std::printf("accuracy of the first %lld images %.4f\n", static_cast<long long>(pool),
              static_cast<double>(correct) / static_cast<double>(pool));
  std::printf("%s, %lld images, l2: mean radius %.4f, least %.4f, %.2f s an image, %d threads\n",
              argv[2], static_cast<long long>(done), sum / static_cast<double>(done), least,
              seconds / static_cast<double>(done), at::get_num_threads());
  return 0;
}
