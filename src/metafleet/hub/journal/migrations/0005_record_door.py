"""Record deals and fold them into trades, in the database.

`journal_record` is the one way in for deals: what terminals report and what people import.
`journal_fold` makes the trades of given positions from all of their deals; `journal_chain` joins
MT4 orders that a partial close tore apart.

Before deploy.
"""

import django.db.models.deletion
from django.db import migrations, models

from metafleet.hub.kernel.fence import door, written_door

# Plans are made once and without a look at the parameters. They must go by the indexes: a plan that
# was made while a table was small, or without statistics, would otherwise read the table whole.
_PLANNED = """
    SET plan_cache_mode = force_generic_plan SET jit = off SET enable_seqscan = off
    SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
    SET enable_material = off
"""



def _found(columns: str, table: str, account: str, column: str, value: str, more: str = "") -> str:
    """Look rows up by the index on (account_id, `column`), and by no other.

    While a table is small all of its indexes cost the planner the same, one that has but the account
    in it too; and the plan stays when the table has grown. Only the right index gives the rows in the
    order that is asked for here; "between" keeps the order from being a matter of course.
    """
    return (
        f"SELECT {columns} FROM {table} o WHERE o.account_id = {account} "
        f"AND o.{column} BETWEEN {value} AND {value} {more} ORDER BY o.{column}"
    )


# From PostgreSQL 18 on in the order of time, which is kind to the index.
_TRADE_ID = """
DO $$ BEGIN
    IF current_setting('server_version_num')::int >= 180000 THEN
        CREATE FUNCTION journal_trade_id() RETURNS uuid LANGUAGE sql VOLATILE AS 'SELECT uuidv7()';
    ELSE
        CREATE FUNCTION journal_trade_id() RETURNS uuid LANGUAGE sql VOLATILE AS 'SELECT gen_random_uuid()';
    END IF;
END $$;
"""

# Trades from `leg`: the shares of deals that make up each part. A division is carried to 32 decimals,
# far beyond what any two volumes can tell apart, and rounded once, half away from zero.
_TRADES = """
    SELECT g.tenant_id, g.account_id, g.position_id, g.part, g.symbols[1] AS symbol,
           CASE WHEN (g.kinds[1] = 0) = (g.entries > 0) THEN 'buy' ELSE 'sell' END AS side,
           g.state, greatest(g.opened, g.closed) AS volume, g.closed AS closed_volume,
           CASE WHEN g.entries > 0 THEN
               coalesce(round(g.entry_worth::numeric(76, 32) / nullif(g.entry_weight, 0), 8), g.prices[1])
           END AS entry_price,
           CASE WHEN g.legs > g.entries THEN
               coalesce(round(g.exit_worth::numeric(76, 32) / nullif(g.exit_weight, 0), 8),
                        g.prices[g.entries + 1])
           END AS exit_price,
           g.entered_at,
           CASE WHEN g.state <> 'open' THEN g.exited_at END AS exited_at,
           g.profit, g.commission, g.swap, g.fee, g.profit + g.commission + g.swap + g.fee AS net_profit,
           g.magics[1] AS magic,
           CASE WHEN g.state <> 'open' THEN
               coalesce((ARRAY['client', 'mobile', 'web', 'expert', 'sl', 'tp', 'so',
                               'rollover', 'vmargin', 'split', 'corporate'])[g.reasons[g.legs] + 1], '')
           ELSE '' END AS exit_reason,
           g.stops[greatest(g.entries, 1)] AS stop_loss, g.targets[greatest(g.entries, 1)] AS take_profit,
           g.first_stops[1] AS initial_stop, g.comments[1] AS comment
    FROM (
        SELECT f.*,
               CASE WHEN f.entries = 0 OR f.closed > f.opened THEN 'orphan'
                    WHEN f.closed = f.opened AND f.legs > f.entries THEN 'closed'
                    ELSE 'open' END AS state
        FROM (
            SELECT tenant_id, account_id, position_id, part,
                   count(*) AS legs,
                   count(*) FILTER (WHERE is_entry) AS entries,
                   coalesce(sum(volume) FILTER (WHERE is_entry), 0) AS opened,
                   coalesce(sum(volume) FILTER (WHERE NOT is_entry), 0) AS closed,
                   sum(price * volume) FILTER (WHERE is_entry) AS entry_worth,
                   sum(price * volume) FILTER (WHERE NOT is_entry) AS exit_worth,
                   sum(volume) FILTER (WHERE is_entry AND price IS NOT NULL) AS entry_weight,
                   sum(volume) FILTER (WHERE NOT is_entry AND price IS NOT NULL) AS exit_weight,
                   min(executed_at) FILTER (WHERE is_entry) AS entered_at,
                   max(executed_at) FILTER (WHERE NOT is_entry) AS exited_at,
                   sum(profit) AS profit, sum(commission) AS commission, sum(swap) AS swap, sum(fee) AS fee,
                   array_agg(symbol ORDER BY {order}) AS symbols,
                   array_agg(kind ORDER BY {order}) AS kinds,
                   array_agg(price ORDER BY {order}) AS prices,
                   array_agg(reason ORDER BY {order}) AS reasons,
                   array_agg(stop_loss ORDER BY {order}) AS stops,
                   array_agg(take_profit ORDER BY {order}) AS targets,
                   array_agg(comment ORDER BY {order}) AS comments,
                   array_agg(magic ORDER BY {order}) FILTER (WHERE magic IS NOT NULL) AS magics,
                   array_agg(stop_loss ORDER BY {order})
                       FILTER (WHERE is_entry AND stop_loss IS NOT NULL) AS first_stops
            FROM ({legs}) leg GROUP BY position_id, part, account_id, tenant_id
            {having}
        ) f
    ) g
"""

_NAMED = ("tenant_id", "account_id", "position_id", "part")
_FOLDED = (
    *("symbol", "side", "state", "volume", "closed_volume", "entry_price", "exit_price", "entered_at"),
    *("exited_at", "profit", "commission", "swap", "fee", "net_profit", "magic", "exit_reason"),
    *("stop_loss", "take_profit", "initial_stop", "comment"),
)

# The account is locked: nobody else writes a trade of it between the look and the write. So new ones
# need no "on conflict", which would mark each row as it came and look at it twice. A trade that closes
# wants its candles, once.
_ALL = ", ".join((*_NAMED, *_FOLDED))
_KNOWN = _found("true", "journal_trade", "x.account_id", "position_id", "x.position_id", "AND o.part = x.part")
_WRITE_TRADES = f"""
    WITH folded AS MATERIALIZED (
        SELECT x.*, ({_KNOWN} LIMIT 1) AS is_known FROM ({{trades}}) x
    ),
    fresh AS (
        INSERT INTO journal_trade (id, created_at, updated_at, {_ALL})
        SELECT journal_trade_id(), at, at, {_ALL} FROM folded WHERE is_known IS NULL
    ),
    again AS (
        INSERT INTO journal_trade (id, created_at, updated_at, {_ALL})
        SELECT journal_trade_id(), at, at, {_ALL} FROM folded WHERE is_known
        ON CONFLICT (account_id, position_id, part) DO UPDATE SET
            updated_at = at, {", ".join(f"{name} = excluded.{name}" for name in _FOLDED)}
    ),
    wanted AS (
        INSERT INTO journal_tradecandles
            (tenant_id, account_id, position_id, part, state, due_at, attempt, created_at, updated_at)
        SELECT f.tenant_id, f.account_id, f.position_id, f.part, 'wanted', at, 0, at, at FROM folded f
        WHERE f.state = 'closed' AND (
            SELECT true FROM journal_tradecandles c
            WHERE c.account_id = f.account_id AND c.position_id = f.position_id AND c.part = f.part LIMIT 1
        ) IS NULL
        RETURNING account_id
    )
"""

# Entries first, then broker order. A synthetic exit has its entry's ticket, negated: it follows its entry.
_ORDER = "is_entry DESC, executed_at, abs(ticket), ticket < 0"
_MOMENT = "executed_at, abs(ticket), ticket < 0"

_DEALS = f"""
    FROM unnest(of_accounts, of_positions) AS t (account_id, position_id)
    CROSS JOIN LATERAL (
        {_found("*", "journal_deal", "t.account_id", "position_id", "t.position_id", "AND o.kind < 2")}
    ) d
"""

_PLAIN_LEGS = f"""
    SELECT d.tenant_id, d.account_id, d.position_id, 0::smallint AS part, d.ticket, d.executed_at,
           coalesce(d.entry = 0, false) AS is_entry, coalesce(d.entry = 2, false) AS is_turn,
           d.symbol, d.kind, d.volume, d.price, d.profit, d.commission, d.swap, d.fee,
           d.reason, d.stop_loss, d.take_profit, d.comment, d.magic
    {_DEALS}
"""

# An in/out deal of a netting account closes what is open the other way, by the signed sum of all
# volumes before it, and opens the rest as the next part. Profit and swap go with what closes,
# commission and fee by volume, to the cent.
_TURNED_LEGS = f"""
    SELECT s.tenant_id, s.account_id, s.position_id, least(s.turns - s.turn + x.is_rest::int, 32767)::smallint AS part,
           s.ticket, s.executed_at,
           CASE WHEN s.is_turn THEN x.is_rest ELSE s.is_entry END AS is_entry,
           s.symbol, s.kind,
           CASE WHEN x.is_rest THEN s.volume - s.closing ELSE s.closing END AS volume, s.price,
           CASE WHEN x.is_rest THEN 0 ELSE s.profit END AS profit,
           CASE WHEN s.turn = 0 THEN s.commission
                WHEN x.is_rest THEN s.commission - s.closing_commission
                ELSE s.closing_commission END AS commission,
           CASE WHEN x.is_rest THEN 0 ELSE s.swap END AS swap,
           CASE WHEN s.turn = 0 THEN s.fee
                WHEN x.is_rest THEN s.fee - s.closing_fee
                ELSE s.closing_fee END AS fee,
           s.reason, s.stop_loss, s.take_profit, s.comment, s.magic
    FROM (
        SELECT c.*, sum(c.turn) OVER (PARTITION BY c.account_id, c.position_id ORDER BY {_MOMENT}) AS turns,
               round((c.commission * c.closing)::numeric(76, 32) / nullif(c.volume, 0), 2) AS closing_commission,
               round((c.fee * c.closing)::numeric(76, 32) / nullif(c.volume, 0), 2) AS closing_fee
        FROM (
            SELECT b.*, (b.is_turn AND b.volume > b.closing)::int AS turn
            FROM (
                SELECT a.*,
                       CASE WHEN a.is_turn
                            THEN least(a.volume, greatest(0, CASE a.kind WHEN 0 THEN -a.held ELSE a.held END))
                            ELSE a.volume END AS closing
                FROM (
                    SELECT p.*, coalesce(sum(CASE p.kind WHEN 0 THEN p.volume ELSE -p.volume END)
                               OVER (PARTITION BY p.account_id, p.position_id ORDER BY {_MOMENT}
                                     ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS held,
                           bool_or(p.is_turn) OVER (PARTITION BY p.account_id, p.position_id) AS is_netted
                    FROM ({_PLAIN_LEGS}) p
                ) a WHERE a.is_netted
            ) b
        ) c
    ) s
    JOIN LATERAL (VALUES (false), (true)) AS x (is_rest) ON NOT x.is_rest OR s.turn = 1
"""

_PLAIN = _WRITE_TRADES.format(
    trades=_TRADES.format(order=_ORDER, legs=_PLAIN_LEGS, having="HAVING NOT bool_or(is_turn)")
)
_TURNED = _WRITE_TRADES.format(trades=_TRADES.format(order=_ORDER, legs=_TURNED_LEGS, having=""))

_FOLD = f"""
CREATE FUNCTION journal_fold(accounts uuid[], positions bigint[], at timestamptz, OUT closed uuid[])
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp {_PLANNED} AS $$
#variable_conflict use_column
DECLARE
    of_accounts uuid[]; of_positions bigint[]; folded_count int; more uuid[];
    turned_accounts uuid[]; turned_positions bigint[]; turned_parts smallint[];
BEGIN
    SELECT array_agg(t.a), array_agg(t.p) INTO of_accounts, of_positions
    FROM (SELECT DISTINCT a, p FROM unnest(accounts, positions) AS u (a, p) WHERE p IS NOT NULL) t;
    IF of_positions IS NULL THEN
        RETURN;
    END IF;

    {_PLAIN}
    SELECT (SELECT count(*) FROM folded), (SELECT array_agg(account_id) FROM wanted)
    INTO folded_count, closed;
    IF folded_count = cardinality(of_positions) THEN
        RETURN;
    END IF;

    -- The others were turned around, or have no deal any more.
    {_TURNED}
    SELECT array_agg(f.account_id), array_agg(f.position_id), array_agg(f.part),
           (SELECT array_agg(account_id) FROM wanted)
    INTO turned_accounts, turned_positions, turned_parts, more
    FROM (SELECT account_id, position_id, max(part) AS part FROM folded GROUP BY 1, 2) f;
    closed := closed || more;

    -- A late deal may show that what looked like two legs was one.
    DELETE FROM journal_trade WHERE ctid = ANY (ARRAY (
        SELECT trade.ctid
        FROM unnest(of_accounts, of_positions) AS t (account_id, position_id)
        CROSS JOIN LATERAL (
            {_found("o.ctid, o.part", "journal_trade", "t.account_id", "position_id", "t.position_id")}
        ) trade
        LEFT JOIN unnest(turned_accounts, turned_positions, turned_parts) AS f (account_id, position_id, part)
            USING (account_id, position_id)
        WHERE trade.part > coalesce(
            f.part,
            CASE WHEN ({_found("o.kind", "journal_deal", "t.account_id", "position_id", "t.position_id", "AND o.kind < 2")} LIMIT 1)
                 IS NULL THEN -1 ELSE 0 END
        )
    ));
END $$
"""

# MT4 says of a partial close which order went on: "from #N" on the one that did, "to #M" on the part
# that was closed. Either may be missing: an order in the middle loses its "from" when it is closed in
# part itself. What is linked is one position, under the lowest of the tickets.
_CHAIN = f"""
CREATE FUNCTION journal_chain(account uuid, started bigint[], at timestamptz, OUT positions bigint[])
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp {_PLANNED} AS $$
#variable_conflict use_column
DECLARE
    waiting bigint[] := started; chain bigint[]; left_behind bigint[]; root bigint;
BEGIN
    WHILE cardinality(waiting) > 0 LOOP
        WITH RECURSIVE reached (ticket) AS (
            SELECT waiting[1]
            UNION
            SELECT near.ticket FROM reached r, LATERAL (
                ({_found("o.next_ticket", "journal_chainlink", "account", "ticket", "r.ticket")})
                UNION ALL
                ({_found("o.ticket", "journal_chainlink", "account", "next_ticket", "r.ticket")})
            ) AS near (ticket)
        )
        SELECT array_agg(ticket), min(ticket) INTO chain, root FROM reached;
        WITH relabelled AS (
            UPDATE journal_deal new SET position_id = root, updated_at = at
            FROM unnest(chain) AS c (ticket)
            CROSS JOIN LATERAL (VALUES (c.ticket), (-c.ticket)) AS both_of (ticket)
            CROSS JOIN LATERAL (
                {_found("o.ctid, o.kind, o.position_id", "journal_deal", "account", "ticket", "both_of.ticket")}
            ) old
            WHERE new.ctid = old.ctid AND old.kind < 2 AND old.position_id <> root
            RETURNING old.position_id
        )
        SELECT array_agg(DISTINCT position_id) INTO left_behind FROM relabelled;
        IF left_behind IS NOT NULL THEN
            positions := positions || root || left_behind;
            -- What its trader wrote of the part goes with it.
            UPDATE journal_tradereview r SET position_id = root
            WHERE r.account_id = account AND r.position_id = (
                SELECT min(o.position_id) FROM journal_tradereview o
                WHERE o.account_id = account AND o.position_id = ANY (left_behind) AND o.part = 0
            ) AND r.part = 0 AND NOT EXISTS (
                SELECT FROM journal_tradereview o
                WHERE o.account_id = account AND o.position_id = root AND o.part = 0
            );
            UPDATE journal_tradescreenshot s SET position_id = root
            WHERE s.account_id = account AND s.position_id = ANY (left_behind) AND s.part = 0;
            DELETE FROM journal_tradecandles c
            WHERE c.account_id = account AND c.position_id = ANY (left_behind);
        END IF;
        SELECT array_agg(w) INTO waiting FROM unnest(waiting) w WHERE w <> ALL (chain);
    END LOOP;
END $$
"""

_MONEY, _LEVEL = "numeric(20, 8)", "numeric(18, 8)"
_TYPES = {
    **{"ticket": "bigint", "position_id": "bigint", "order_id": "bigint", "symbol": "varchar(32)"},
    **{"kind": "smallint", "entry": "smallint", "volume": _LEVEL, "price": _LEVEL},
    **{"executed_at": "timestamptz", "profit": _MONEY, "commission": _MONEY, "swap": _MONEY, "fee": _MONEY},
    **{"magic": "bigint", "reason": "smallint", "stop_loss": _LEVEL, "take_profit": _LEVEL},
    "comment": "varchar(255)",
}
_ITEM = ", ".join(f"{name} {kind}" for name, kind in _TYPES.items())
_COLUMNS = ", ".join(_TYPES)
# What is not said of a deal is none.
_UNSAID = {"profit": "0", "commission": "0", "swap": "0", "fee": "0", "comment": "''"}
_SAID = ", ".join(
    f"coalesce(i.{name}, {_UNSAID[name]})" if name in _UNSAID else f"i.{name}" for name in _TYPES
)

# An order that was seen open and then closed in part is closed with less than it was opened with: the
# closed order's own words stand, whichever was heard first. Its entry is the row before its exit.
_SETTLE = f"""
    UPDATE journal_deal d SET
        volume = e.volume, price = e.price, executed_at = e.executed_at, profit = coalesce(e.profit, 0),
        commission = coalesce(e.commission, 0), swap = coalesce(e.swap, 0), fee = coalesce(e.fee, 0),
        magic = e.magic, stop_loss = e.stop_loss, take_profit = e.take_profit,
        comment = coalesce(e.comment, ''), updated_at = at
    FROM (
        SELECT b.account, i.*, lead(i.ticket) OVER (
            PARTITION BY b.account, abs(i.ticket) ORDER BY b.place, i.place) AS follower
        FROM unnest(owners, bodies) WITH ORDINALITY AS b (account, body, place)
        CROSS JOIN LATERAL ROWS FROM (json_to_recordset(b.body::json) AS ({_ITEM})) WITH ORDINALITY AS i
            ({_COLUMNS}, place)
        WHERE b.account IS NOT NULL
    ) e
    CROSS JOIN LATERAL (
        {_found("o.created_at", "journal_deal", "e.account", "ticket", "e.follower")}
    ) leaving
    CROSS JOIN LATERAL ({_found("o.ctid", "journal_deal", "e.account", "ticket", "e.ticket")}) entry
    WHERE e.ticket > 0 AND e.follower = -e.ticket AND leaving.created_at = at AND d.ctid = entry.ctid
"""

# Links come from every order of the batch: one that was known may say now what it did not say before.
_LINK = f"""
    WITH linked AS (
        INSERT INTO journal_chainlink (tenant_id, account_id, ticket, next_ticket, created_at, updated_at)
        SELECT DISTINCT b.tenant, b.account,
               CASE WHEN i.comment LIKE 'from%' THEN said.other ELSE abs(i.ticket) END,
               CASE WHEN i.comment LIKE 'from%' THEN abs(i.ticket) ELSE said.other END, at, at
        FROM unnest(tenants, owners, bodies) AS b (tenant, account, body)
        CROSS JOIN LATERAL json_to_recordset(b.body::json) AS i ({_ITEM})
        CROSS JOIN LATERAL (
            SELECT substring(i.comment FROM '^(?:from|to) #([0-9]{{1,18}})(?![0-9])')::bigint
        ) AS said (other)
        WHERE b.account IS NOT NULL AND i.kind < 2 AND said.other > 0 AND said.other <> abs(i.ticket)
          -- Only orders of MT4: one that stands for itself, or the exit of a closed one.
          AND (i.ticket < 0 OR i.entry = 0 AND i.position_id = i.ticket AND i.order_id IS NULL)
        ON CONFLICT (account_id, ticket, next_ticket) DO NOTHING
        RETURNING account_id, ticket
    )
    SELECT array_agg(account_id), array_agg(ticket) INTO linked_accounts, linked_tickets FROM linked
"""

# 1. Whose each batch is: by its terminal and the token version that is current, or, for an import, by
#    an account of the transaction's own tenant.
# 2. One writer of an account at a time, for a fold must see every deal recorded before; accounts in a
#    fixed order, for two writers may never wait for each other.
# 3. What is new goes in.
# 4. MT4: an order that closes in part is closed with less than it was opened with, and another goes on.
# 5. The positions that were touched are folded.
_RECORD = f"""
#variable_conflict use_column
DECLARE
    tenants uuid[]; owners uuid[]; key bigint; chained record; closed uuid[];
    new_accounts uuid[]; new_tickets bigint[]; new_positions bigint[];
    touched_accounts uuid[]; touched bigint[]; moved bigint[]; linked_accounts uuid[]; linked_tickets bigint[];
BEGIN
    SELECT array_agg(a.tenant_id ORDER BY b.n), array_agg(a.id ORDER BY b.n)
    INTO tenants, owners
    FROM unnest(terminals, versions, accounts) WITH ORDINALITY AS b (terminal, version, account, n)
    LEFT JOIN fleet_terminal t ON t.id = b.terminal AND t.token_version = b.version AND t.revoked_at IS NULL
    LEFT JOIN fleet_tradingaccount a
        ON a.id = CASE WHEN b.terminal IS NULL THEN b.account ELSE t.account_id END AND a.deleted_at IS NULL
        AND (b.terminal IS NOT NULL OR a.tenant_id = app_tenant_id_or_none());

    FOR key IN
        SELECT DISTINCT journal_lock(o) FROM unnest(owners) o WHERE o IS NOT NULL ORDER BY 1
    LOOP
        PERFORM pg_advisory_xact_lock(key);
    END LOOP;

    -- The accounts are locked: what is not there now comes from nowhere else. Of a ticket that comes
    -- twice, one goes in.
    WITH new AS (
        INSERT INTO journal_deal
            (tenant_id, account_id, terminal_id, import_id, created_at, updated_at, {_COLUMNS})
        SELECT DISTINCT ON (i.ticket, b.account)
               b.tenant, b.account, b.terminal, b.import, at, at, {_SAID}
        FROM unnest(tenants, owners, terminals, imports, bodies) AS b (tenant, account, terminal, import, body)
        CROSS JOIN LATERAL json_to_recordset(b.body::json) AS i ({_ITEM})
        WHERE b.account IS NOT NULL
          AND ({_found("true", "journal_deal", "b.account", "ticket", "i.ticket")} LIMIT 1) IS NULL
        ORDER BY i.ticket, b.account
        RETURNING account_id, ticket, CASE WHEN kind < 2 THEN position_id END AS position_id, comment
    )
    SELECT array_agg(account_id), array_agg(ticket), array_agg(position_id)
    INTO new_accounts, new_tickets, new_positions FROM new;
    touched_accounts := new_accounts;
    touched := new_positions;

    IF true = ANY (orders) THEN
        {_SETTLE};
        {_LINK};
    END IF;
    IF linked_tickets IS NOT NULL
       OR EXISTS (SELECT FROM journal_chainlink WHERE account_id = ANY (new_accounts)) THEN
        FOR chained IN
            SELECT n.account, array_agg(DISTINCT n.ticket) AS tickets
            FROM (
                SELECT account, abs(ticket) AS ticket
                FROM unnest(new_accounts, new_tickets, new_positions) AS d (account, ticket, position)
                WHERE position IS NOT NULL AND (
                    ({_found("true", "journal_chainlink", "d.account", "ticket", "abs(d.ticket)")} LIMIT 1)
                    OR ({_found("true", "journal_chainlink", "d.account", "next_ticket", "abs(d.ticket)")} LIMIT 1))
                UNION ALL
                SELECT account, ticket FROM unnest(linked_accounts, linked_tickets) AS l (account, ticket)
            ) n GROUP BY n.account
        LOOP
            moved := journal_chain(chained.account, chained.tickets, at);
            touched_accounts := touched_accounts || array_fill(chained.account, ARRAY[coalesce(cardinality(moved), 0)]);
            touched := touched || moved;
        END LOOP;
    END IF;

    IF touched IS NOT NULL THEN
        closed := journal_fold(touched_accounts, touched, at);
    END IF;
    RETURN QUERY
    SELECT b.account, n.tickets,
           coalesce((SELECT max(d.ticket) FROM journal_deal d
                     WHERE d.account_id = b.account AND d.ticket > 0), 0),
           coalesce(c.trades, 0)
    FROM unnest(owners) WITH ORDINALITY AS b (account, place)
    LEFT JOIN (SELECT x.account, array_agg(x.ticket) AS tickets
               FROM unnest(new_accounts, new_tickets) AS x (account, ticket) GROUP BY 1) n USING (account)
    LEFT JOIN (SELECT y.account, count(*)::int AS trades
               FROM unnest(closed) AS y (account) GROUP BY 1) c USING (account)
    ORDER BY b.place;
END
"""

# The key of an account's lock; two accounts that share one only wait for each other.
_LOCK = """
CREATE FUNCTION journal_lock(account uuid) RETURNS bigint LANGUAGE sql IMMUTABLE
    AS $$ SELECT uuid_hash_extended(account, 1835426917) $$
"""

_FACTS = ("chainlink", "deal", "equitypoint", "position", "trade", "tradecandles")


def _unchecked(model: str, name: str, to: str) -> migrations.AlterField:
    return migrations.AlterField(
        model,
        name,
        models.ForeignKey(
            db_constraint=False,
            db_index=False,
            on_delete=django.db.models.deletion.PROTECT,
            related_name="+",
            to=to,
        ),
    )


def _wider(name: str, digits: int, help_text: str = "") -> migrations.AlterField:
    field = models.DecimalField(max_digits=digits, decimal_places=8, help_text=help_text)
    return migrations.AlterField("trade", name, field)


class Migration(migrations.Migration):
    dependencies = [("journal", "0004_journal_doors")]

    operations = [
        *(_unchecked(model, "tenant", "identity.tenant") for model in _FACTS),
        *(_unchecked(model, "account", "fleet.tradingaccount") for model in _FACTS),
        # A sum has room for a million of the largest deals: the columns grow, their rows stay.
        _wider("volume", 24, help_text="opened lots"),
        _wider("closed_volume", 24),
        *(_wider(name, 28) for name in ("profit", "commission", "swap", "fee", "net_profit")),
        migrations.RunSQL(_TRADE_ID, "DROP FUNCTION journal_trade_id()"),
        migrations.RunSQL(_LOCK, "DROP FUNCTION journal_lock"),
        migrations.RunSQL(_FOLD, "DROP FUNCTION journal_fold"),
        migrations.RunSQL(_CHAIN, "DROP FUNCTION journal_chain"),
        written_door(
            "journal_record",
            "terminals uuid[], versions int[], accounts uuid[], imports uuid[], bodies text[], "
            "orders boolean[], at timestamptz",
            "account_id uuid, tickets bigint[], known_ticket bigint, closed_trades int",
            _RECORD,
            options=_PLANNED,
        ),
        # The sweep looks over all tenants, but only at whose time has come; in no order, for some
        # have much that is due and little that may be asked for, and would always be the first.
        door(
            "journal_due",
            "at timestamptz, most int",
            "tenant_id uuid, account_id uuid",
            """
            SELECT d.tenant_id, d.account_id FROM (
                SELECT f.tenant_id, f.account_id FROM journal_faileditem f WHERE f.due_at <= at
                UNION ALL
                SELECT c.tenant_id, c.account_id FROM journal_tradecandles c WHERE c.due_at <= at
            ) d GROUP BY d.tenant_id, d.account_id ORDER BY random() LIMIT most
            """,
        ),
        # For the metrics: how long the queues are, and nothing of whose they are.
        door(
            "journal_backlog",
            "at timestamptz",
            "queue text, waiting bigint, oldest_s double precision",
            """
            SELECT 'failed items', count(*), extract(epoch FROM at - min(f.created_at)) FROM journal_faileditem f
            UNION ALL
            SELECT 'trade candles', count(*), extract(epoch FROM at - min(c.due_at))
            FROM journal_tradecandles c WHERE c.due_at IS NOT NULL
            """,
        ),
    ]
