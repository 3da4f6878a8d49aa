// Lets Python ask for the features of every bar.
static Array<MfPair> pairs;
static Array<MfEvent> schedule;

extern "C" void add_pair(const char *name, const char *base, const char *profit, const MqlRates *rates, int count) {
  MfPair pair;
  pair.name = name, pair.base = base, pair.profit = profit;
  pair.rates.values.assign(rates, rates + count);
  pairs.values.push_back(pair);
}

extern "C" void add_events(const Event *events, int count) {
  for (int i = 0; i < count; i++) {
    MfEvent made;
    made.time = events[i].time, made.weight = events[i].weight;
    for (char32_t letter : events[i].currency)
      if (letter) made.currency += (char)letter;
    schedule.values.push_back(made);
  }
}

// Fills 'made', shape (count, width), bar by bar, each from its newest 'look_back' bars alone.
extern "C" void features(const MqlRates *rates, int count, int look_back, double point, const char *symbol,
                         const char *base, const char *profit, int width, float *made) {
  for (int end = look_back; end <= count; end++) {
    Array<MqlRates> seen;
    seen.values.assign(rates + end - look_back, rates + end);
    Array<float> values;
    if (!MfFeatures(seen, point, symbol, base, profit, pairs, schedule, values)) std::abort();
    if (ArraySize(values) != width) std::abort();
    for (int i = 0; i < width; i++) made[(end - 1) * (long)width + i] = values[i];
  }
}

// Whether a bar too few is refused.
extern "C" int refuses(const MqlRates *rates, int count, double point) {
  Array<MqlRates> seen;
  seen.values.assign(rates, rates + count);
  Array<float> values;
  return !MfFeatures(seen, point, "EURUSD", "EUR", "USD", pairs, schedule, values);
}
