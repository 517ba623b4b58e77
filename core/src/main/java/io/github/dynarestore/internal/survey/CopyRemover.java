package io.github.dynarestore.internal.survey;

import io.github.dynarestore.internal.survey.Findings.Finding;
import java.util.Arrays;

/** Leaves of each change of a key one row, and counts the copies and the contradictions. Used by one thread. */
final class CopyRemover {

    private final Findings findings;
    private final Findings.Counts counts;
    private long[] rows = new long[0];
    private int[] images = new int[4];

    CopyRemover(Findings findings, Findings.Counts counts) {
        this.findings = findings;
        this.counts = counts;
    }

    /**
     * Keeps of each place in the order the first image, from a copy that has the old image too if there is one; further
     * copies of it and other images are counted.
     *
     * @param list rows of one key as {@link RowOrder#OF_STREAM} has them; what is kept stands at its beginning afterwards
     * @return how many are kept
     */
    int keepFirst(long[] allRows, int[] list, int count) {
        rows = allRows;
        int kept = 0;
        int i = 0;
        while (i < count) {
            int first = list[i];
            int imageCount = 0;
            int end = i;
            while (end < count && isSamePlaceInOrder(first, list[end])) {
                imageCount = take(list[end], imageCount);
                end++;
            }
            list[kept++] = images[0];
            i = end;
        }
        return kept;
    }

    private int take(int at, int imageCount) {
        for (int k = 0; k < imageCount; k++) {
            if (isCopy(images[k], at)) {
                if (!SurveyRow.counts(rows, at)) {
                    return imageCount;
                }
                if (!SurveyRow.counts(rows, images[k])) {
                    images[k] = at;
                    return imageCount;
                }
                counts.duplicates++;
                // A stream of new images only may tell the same change as one of both: an undo needs the other one.
                if (!SurveyRow.knowsBefore(rows, images[k]) && SurveyRow.knowsBefore(rows, at)) {
                    images[k] = at;
                }
                return imageCount;
            }
        }
        if (imageCount > 0 && SurveyRow.counts(rows, at)) {
            findings.contradiction(new Finding(
                    SurveyRow.place(rows, at), SurveyRow.place(rows, images[0]), rows[at + SurveyRow.HASH_HIGH]));
        }
        if (imageCount == images.length) {
            images = Arrays.copyOf(images, imageCount * 2);
        }
        images[imageCount] = at;
        return imageCount + 1;
    }

    /** Numbers of two generations of a stream may be equal by chance; their times tell them apart. */
    private boolean isSamePlaceInOrder(int left, int right) {
        return SurveyRow.compareOrder(rows, left, right) == 0 && !isBefore(left, right) && !isBefore(right, left);
    }

    private boolean isBefore(int left, int right) {
        return SurveyRow.isTimed(rows, right) && SurveyRow.isBefore(rows, left, rows[right + SurveyRow.TIME]);
    }

    private boolean isCopy(int left, int right) {
        if (SurveyRow.is(rows, left, SurveyRow.DELETE) != SurveyRow.is(rows, right, SurveyRow.DELETE)
                || SurveyRow.newDigest(rows, left) != SurveyRow.newDigest(rows, right)) {
            return false;
        }
        return !SurveyRow.is(rows, left, SurveyRow.OLD_IMAGE)
                || !SurveyRow.is(rows, right, SurveyRow.OLD_IMAGE)
                || SurveyRow.oldDigest(rows, left) == SurveyRow.oldDigest(rows, right);
    }
}
