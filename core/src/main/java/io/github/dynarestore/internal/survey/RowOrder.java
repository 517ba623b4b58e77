package io.github.dynarestore.internal.survey;

import static io.github.dynarestore.internal.survey.SurveyRow.HASH_HIGH;
import static io.github.dynarestore.internal.survey.SurveyRow.HASH_LOW;
import static io.github.dynarestore.internal.survey.SurveyRow.TIME;

/** In which order rows of one array stand, by where each begins. */
enum RowOrder {

    /** Changes of a key as the stream numbered them; copies by their place, whichever arrived first. */
    OF_STREAM {
        @Override
        int compare(long[] rows, int left, int right) {
            int order = SurveyRow.compareOrder(rows, left, right);
            if (order != 0) {
                return order;
            }
            // Two generations of a stream may number alike; their times tell them apart.
            int times = Long.compare(knownTime(rows, left), knownTime(rows, right));
            return times != 0 ? times : Long.compare(SurveyRow.place(rows, left), SurveyRow.place(rows, right));
        }
    },

    /** Changes of a key by time, for streams that were made anew. */
    OF_TIME {
        @Override
        int compare(long[] rows, int left, int right) {
            int times = Long.compare(rows[left + TIME], rows[right + TIME]);
            return times != 0 ? times : OF_STREAM.compare(rows, left, right);
        }
    },

    /** Keys, the changes of each as the stream numbered them, and copies side by side, by their place. */
    OF_KEYS {
        @Override
        int compare(long[] rows, int left, int right) {
            int keys = compareKeys(rows, left, right);
            if (keys != 0) {
                return keys;
            }
            int order = SurveyRow.compareOrder(rows, left, right);
            if (order == 0) {
                order = Long.compare(knownTime(rows, left), knownTime(rows, right));
            }
            if (order == 0) {
                order = compareContents(rows, left, right);
            }
            return order != 0 ? order : Long.compare(SurveyRow.place(rows, left), SurveyRow.place(rows, right));
        }
    };

    /** Lists up to this long are sorted by insertion, which is fastest for them. */
    private static final int INSERTION_AT_MOST = 24;

    /** Compares the rows that begin at two indices. */
    abstract int compare(long[] rows, int left, int right);

    private static long knownTime(long[] rows, int at) {
        return SurveyRow.isTimed(rows, at) ? rows[at + TIME] : Long.MIN_VALUE;
    }

    private static int compareKeys(long[] rows, int left, int right) {
        int high = Long.compare(rows[left + HASH_HIGH], rows[right + HASH_HIGH]);
        return high != 0 ? high : Long.compare(rows[left + HASH_LOW], rows[right + HASH_LOW]);
    }

    private static int compareContents(long[] rows, int left, int right) {
        int contents = Long.compare(SurveyRow.contents(rows, left), SurveyRow.contents(rows, right));
        if (contents == 0) {
            contents = Long.compare(rows[left + TIME], rows[right + TIME]);
        }
        if (contents == 0) {
            contents = Long.compare(SurveyRow.newDigest(rows, left), SurveyRow.newDigest(rows, right));
        }
        return contents != 0
                ? contents
                : Long.compare(SurveyRow.oldDigest(rows, left), SurveyRow.oldDigest(rows, right));
    }

    static boolean isSameKey(long[] rows, int left, int right) {
        return compareKeys(rows, left, right) == 0;
    }

    /** Whether two rows are of one record that was delivered twice: all the same but for the place. */
    static boolean isCopy(long[] rows, int left, int right) {
        return isSameKey(rows, left, right)
                && SurveyRow.compareOrder(rows, left, right) == 0
                && compareContents(rows, left, right) == 0;
    }

    /** Sorts indices of rows; stable, with room for half of them in the scratch array. */
    void sort(long[] rows, int[] list, int from, int to, int[] scratch) {
        if (to - from <= INSERTION_AT_MOST) {
            for (int i = from + 1; i < to; i++) {
                int at = list[i];
                int k = i;
                while (k > from && compare(rows, list[k - 1], at) > 0) {
                    list[k] = list[k - 1];
                    k--;
                }
                list[k] = at;
            }
            return;
        }
        int middle = (from + to) >>> 1;
        sort(rows, list, from, middle, scratch);
        sort(rows, list, middle, to, scratch);
        System.arraycopy(list, from, scratch, 0, middle - from);
        int left = 0;
        int right = middle;
        int out = from;
        while (left < middle - from) {
            if (right == to || compare(rows, scratch[left], list[right]) <= 0) {
                list[out++] = scratch[left++];
            } else {
                list[out++] = list[right++];
            }
        }
    }
}
