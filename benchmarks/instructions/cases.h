#ifndef MESHGW_BENCHMARKS_INSTRUCTIONS_CASES_H_
#define MESHGW_BENCHMARKS_INSTRUCTIONS_CASES_H_

#include <functional>
#include <map>
#include <string>

namespace meshgw {

// Work is what is counted. It says whether it went as it should, and is called
// twice: once before, so that nothing is loaded or allocated for the first
// time.
using Work = std::function<bool()>;

// Cases are by name; what makes the work is not counted.
using Cases = std::map<std::string, std::function<Work()>>;

void AddHelloCases(Cases* cases);
void AddRouteCases(Cases* cases);
void AddModeCases(Cases* cases);
void AddRelayCases(Cases* cases);
void AddConnectionCases(Cases* cases);

}  // namespace meshgw

#endif  // MESHGW_BENCHMARKS_INSTRUCTIONS_CASES_H_
