// Calls the program's events as the test says: one line in, `>result` or `!what was critical` out.
#pragma once
namespace mqlrt {
inline void run_event(const std::string &event, const Fields &f, Hooks &hooks, int &result) {
  if (event == "init" && hooks.init) result = hooks.init();
  else if (event == "deinit" && hooks.deinit) hooks.deinit(f.size() > 1 ? atoi(f[1].c_str()) : 0);
  else if (event == "tick" && hooks.tick) hooks.tick();
  else if (event == "timer" && hooks.timer) hooks.timer();
#ifndef MQL4_MODE
  else if (event == "trade" && hooks.trade) hooks.trade();
  else if (event == "transaction" && hooks.transaction) {
    MqlTradeTransaction seen;
    seen.type = static_cast<ENUM_TRADE_TRANSACTION_TYPE>(atoi(f[1].c_str()));
    seen.deal = strtoull(f[2].c_str(), nullptr, 10);
    seen.order = strtoull(f[3].c_str(), nullptr, 10);
    seen.symbol = string(f[4]);
    seen.position = strtoull(f[5].c_str(), nullptr, 10);
    hooks.transaction(seen);
  }
#endif
}
inline int drive(Hooks hooks) {
  for (;;) {
    Fields f = fields_of(heard());
    int result = 0;
    try { run_event(f[0], f, hooks, result); std::cout << '>' << result << std::endl; }
    catch (const Critical &c) { std::cout << '!' << escaped(c.what) << std::endl; }
  }
}
}  // namespace mqlrt
