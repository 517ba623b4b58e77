package io.github.dynarestore.internal.survey;

import io.github.dynarestore.model.ChangeOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Puts changes of a key in order that their times leave open: by their images, for each change begins with what the one
 * before it left, and by their numbers where they have some. Sees the changes as {@link RowOrder#OF_TIME} has them. Used by
 * one thread.
 */
final class TieOrder {

    private static final int NONE = -1;

    private final Findings findings;
    private final Findings.Counts counts;

    private long[] rows = new long[0];
    private final List<Integer> ordered = new ArrayList<>();
    private @Nullable Long state;
    /** Changes up to here may have been made before what is known was read. */
    private long knownMicros;

    private boolean isAmbiguous;

    TieOrder(Findings findings, Findings.Counts counts) {
        this.findings = findings;
        this.counts = counts;
    }

    /**
     * Begins a key.
     *
     * @param before digest of what a snapshot found, 0 for nothing; null if there is none
     * @param untilMicros until when it was read
     */
    void begin(@Nullable Long before, long untilMicros) {
        state = before;
        knownMicros = untilMicros;
        isAmbiguous = false;
    }

    /** Whether the order of some changes of the key is a guess. */
    boolean isAmbiguous() {
        return isAmbiguous;
    }

    /** Orders the changes of a key that are all in memory; returns how many stay, at the list's beginning. */
    int order(long[] allRows, int[] list, int count) {
        int kept = 0;
        int from = 0;
        while (from < count) {
            long end = Long.MIN_VALUE;
            int to = from;
            while (to < count && (to == from || allRows[list[to] + SurveyRow.TIME] < end)) {
                end = Math.max(end, endMicros(allRows, list[to]));
                to++;
            }
            kept = orderTied(allRows, list, from, to, kept);
            from = to;
        }
        return kept;
    }

    /** First microsecond at which a change was certainly made. */
    static long endMicros(long[] rows, int at) {
        return rows[at + SurveyRow.TIME] + (SurveyRow.isTimed(rows, at) ? SurveyRow.stepMicros(rows, at) : 1);
    }

    /**
     * Orders changes of which each may have been made before or after another one.
     *
     * @param list they stand from one index up to another
     * @param kept where those that stay are put, no further than the first of them
     * @return where the last of them ends
     */
    int orderTied(long[] allRows, int[] list, int from, int to, int kept) {
        rows = allRows;
        if (to - from == 1) {
            list[kept] = list[from];
        } else {
            ordered.clear();
            boolean isTold = tell(list, from, to);
            if (!isTold && !isAmbiguous) {
                isAmbiguous = true;
                counts.ambiguousKeys++;
                findings.ambiguous(SurveyRow.place(rows, list[from]), NONE, rows[list[from] + SurveyRow.HASH_HIGH]);
            }
            for (int i = 0; i < ordered.size(); i++) {
                list[kept + i] = ordered.get(i);
            }
            kept += ordered.size() - 1;
        }
        state = SurveyRow.after(rows, list[kept]);
        knownMicros = Long.MIN_VALUE;
        return kept + 1;
    }

    /** Fills the order; false if the images leave open what it is. */
    private boolean tell(int[] list, int from, int to) {
        List<Integer> numbered = new ArrayList<>();
        List<Integer> rest = new ArrayList<>();
        List<Integer> links = new ArrayList<>();
        for (int i = from; i < to; i++) {
            int at = list[i];
            if (SurveyRow.basis(rows, at) == ChangeOrder.Basis.SEQUENCE_NUMBER) {
                numbered.add(at);
            } else if (SurveyRow.knowsBefore(rows, at)) {
                links.add(at);
            } else {
                rest.add(at);
            }
        }
        boolean isTold = true;
        if (!numbered.isEmpty()) {
            numbered.sort((left, right) -> RowOrder.OF_STREAM.compare(rows, left, right));
            if (links.isEmpty()) {
                ordered.addAll(numbered);
            } else {
                isTold = merge(numbered, links);
            }
        } else if (!links.isEmpty()) {
            isTold = chain(links);
        }
        for (int at : rest) {
            isTold &= placeBehindTwin(at);
        }
        return isTold;
    }

    /**
     * Brings changes with a number and changes with a finer time together, of which some are the same. Where one kind has
     * all of them, its order holds; else only the chain is left.
     */
    private boolean merge(List<Integer> numbered, List<Integer> links) {
        List<Integer> byNumber = new ArrayList<>();
        List<Integer> untold = new ArrayList<>(links);
        boolean isEachTimed = true;
        for (int at : numbered) {
            int twin = takeTwin(at, untold);
            isEachTimed &= twin != NONE;
            byNumber.add(twin == NONE ? at : twin);
            // The row with the finer time stays.
            counts.duplicates += twin != NONE && SurveyRow.counts(rows, at) ? 1 : 0;
        }
        boolean isTold;
        if (untold.isEmpty()) {
            ordered.addAll(byNumber);
            isTold = isChain(byNumber);
        } else if (isEachTimed) {
            isTold = chainByTime(links);
        } else {
            byNumber.addAll(untold);
            if (!byNumber.stream().allMatch(at -> SurveyRow.knowsBefore(rows, at))) {
                ordered.addAll(byNumber);
                return false;
            }
            isTold = chain(byNumber);
        }
        // Where a state comes back, what passes for one change may be two, each missing in the other log.
        return isTold && !returns(ordered);
    }

    private boolean isChain(List<Integer> way) {
        for (int i = 1; i < way.size(); i++) {
            int at = way.get(i);
            if (SurveyRow.knowsBefore(rows, at)
                    && SurveyRow.before(rows, at) != SurveyRow.after(rows, way.get(i - 1))) {
                return false;
            }
        }
        return true;
    }

    private int takeTwin(int at, List<Integer> links) {
        for (int i = 0; i < links.size(); i++) {
            if (isSame(links.get(i), at)) {
                return links.remove(i);
            }
        }
        return NONE;
    }

    private boolean chainByTime(List<Integer> links) {
        boolean isTold = true;
        int from = 0;
        while (from < links.size()) {
            int to = from + 1;
            long end = endMicros(rows, links.get(from));
            while (to < links.size() && rows[links.get(to) + SurveyRow.TIME] < end) {
                end = Math.max(end, endMicros(rows, links.get(to)));
                to++;
            }
            isTold &= chain(links.subList(from, to));
            state = SurveyRow.after(rows, ordered.get(ordered.size() - 1));
            knownMicros = Long.MIN_VALUE;
            from = to;
        }
        return isTold;
    }

    private boolean isSame(int left, int right) {
        return SurveyRow.after(rows, left) == SurveyRow.after(rows, right)
                && (!SurveyRow.knowsBefore(rows, right)
                        || SurveyRow.before(rows, left) == SurveyRow.before(rows, right));
    }

    /** A row that only says what was left, as the last one of a window does, stands behind the change that left it. */
    private boolean placeBehindTwin(int at) {
        long after = SurveyRow.after(rows, at);
        for (int i = ordered.size() - 1; i >= 0; i--) {
            if (SurveyRow.after(rows, ordered.get(i)) == after) {
                ordered.add(i + 1, at);
                return true;
            }
        }
        ordered.add(at);
        return ordered.size() == 1;
    }

    /** Finds the way along all changes, each from what was there to what it left. */
    private boolean chain(List<Integer> links) {
        Map<Long, Deque<Integer>> open = new HashMap<>();
        Map<Long, Integer> surplus = new HashMap<>();
        for (int at : links) {
            open.computeIfAbsent(SurveyRow.before(rows, at), before -> new ArrayDeque<>())
                    .add(at);
            surplus.merge(SurveyRow.before(rows, at), 1, Integer::sum);
            surplus.merge(SurveyRow.after(rows, at), -1, Integer::sum);
        }
        Long told = start(links, open, surplus);
        // Of a round trip that begins anywhere, most begin with an insert.
        List<Integer> way = way(told == null ? 0 : told, open);
        if (way.size() < links.size()) {
            ordered.addAll(links);
            return false;
        }
        ordered.addAll(way);
        boolean isIdentified = way.stream().allMatch(at -> SurveyRow.hasIdentity(rows, at));
        // Two equal changes that nothing tells apart pass for one: how often a state came back is then open.
        return told != null && (isIdentified || !returns(way));
    }

    /** Null if there is no way, or if it is a round trip of which nothing says where it began. */
    private @Nullable Long start(List<Integer> links, Map<Long, Deque<Integer>> open, Map<Long, Integer> surplus) {
        Long start = null;
        for (Map.Entry<Long, Integer> entry : surplus.entrySet()) {
            if (Math.abs(entry.getValue()) > 1 || (entry.getValue() == 1 && start != null)) {
                return null;
            }
            if (entry.getValue() == 1) {
                start = entry.getKey();
            }
        }
        if (start != null) {
            return start;
        }
        if (links.size() == 1 || open.size() == 1) {
            return SurveyRow.before(rows, links.get(0));
        }
        boolean isKnown = rows[links.get(0) + SurveyRow.TIME] > knownMicros;
        return isKnown && state != null && open.containsKey(state) ? state : null;
    }

    /** Hierholzer's way along every edge once; shorter if there is none. */
    private List<Integer> way(long start, Map<Long, Deque<Integer>> open) {
        List<Integer> way = new ArrayList<>();
        Deque<Integer> path = new ArrayDeque<>();
        long present = start;
        while (true) {
            Deque<Integer> next = open.get(present);
            if (next != null && !next.isEmpty()) {
                int at = next.remove();
                path.push(at);
                present = SurveyRow.after(rows, at);
            } else if (path.isEmpty()) {
                Collections.reverse(way);
                return way;
            } else {
                int at = path.pop();
                way.add(at);
                present = SurveyRow.before(rows, at);
            }
        }
    }

    private boolean returns(List<Integer> way) {
        Set<Long> states = new HashSet<>();
        boolean returns = false;
        for (int at : way) {
            returns |= SurveyRow.knowsBefore(rows, at) && !states.add(SurveyRow.before(rows, at));
        }
        return returns || states.contains(SurveyRow.after(rows, way.get(way.size() - 1)));
    }
}
