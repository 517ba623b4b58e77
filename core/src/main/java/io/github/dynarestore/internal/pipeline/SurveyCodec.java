package io.github.dynarestore.internal.pipeline;

import io.github.dynarestore.internal.survey.Decisions;
import io.github.dynarestore.internal.survey.Decisions.Action;
import io.github.dynarestore.model.RestoreHistory;
import io.github.dynarestore.model.RestoreHistory.Break;
import io.github.dynarestore.model.RestoreHistory.Place;
import io.github.dynarestore.model.RestoreHistory.Silence;
import io.github.dynarestore.model.RestoreReport;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/** Writes the result of a survey for a checkpoint, and reads it back. */
final class SurveyCodec {

    private static final Action[] ACTIONS = Action.values();

    private SurveyCodec() {}

    /**
     * What a checkpoint keeps of a survey.
     *
     * @param objectsRead objects that were read
     * @param records what became of the records that decide nothing
     */
    record Saved(Decisions decisions, RestoreHistory history, long objectsRead, RestoreReport.Records records) {}

    static void write(DataOutput out, Saved saved) throws IOException {
        out.writeLong(saved.objectsRead());
        RestoreReport.Records records = saved.records();
        out.writeLong(records.read());
        out.writeLong(records.superseded());
        out.writeLong(records.duplicate());
        out.writeLong(records.afterCut());
        out.writeLong(records.filtered());
        write(out, saved.history());
        write(out, saved.decisions());
    }

    static Saved read(DataInputStream in) throws IOException {
        long objectsRead = in.readLong();
        RestoreReport.Records records = new RestoreReport.Records(
                in.readLong(), 0, in.readLong(), in.readLong(), in.readLong(), in.readLong(), 0, 0);
        RestoreHistory history = readHistory(in);
        return new Saved(readDecisions(in), history, objectsRead, records);
    }

    private static void write(DataOutput out, Decisions decisions) throws IOException {
        out.writeInt(decisions.objects());
        out.writeBoolean(decisions.keepsExpected());
        for (int object = 0; object < decisions.objects(); object++) {
            for (Action action : ACTIONS) {
                RoaringBitmap ordinals = decisions.of(action, object);
                out.writeBoolean(ordinals != null);
                if (ordinals != null) {
                    ordinals.serialize(out);
                }
            }
            if (decisions.keepsExpected()) {
                Decisions.Expected expected = decisions.expectedOf(object);
                out.writeInt(expected.ordinals().length);
                for (int i = 0; i < expected.ordinals().length; i++) {
                    out.writeInt(expected.ordinals()[i]);
                    out.writeLong(expected.digests()[i]);
                }
            }
        }
    }

    private static Decisions readDecisions(DataInputStream in) throws IOException {
        int objects = in.readInt();
        boolean keepsExpected = in.readBoolean();
        Decisions decisions = new Decisions(objects, keepsExpected);
        for (int object = 0; object < objects; object++) {
            for (Action action : ACTIONS) {
                if (in.readBoolean()) {
                    RoaringBitmap ordinals = new RoaringBitmap();
                    ordinals.deserialize(in);
                    decisions.restore(action, object, ordinals);
                }
            }
            if (keepsExpected) {
                for (int left = in.readInt(); left > 0; left--) {
                    decisions.restoreExpected(object, in.readInt(), in.readLong());
                }
            }
        }
        return decisions;
    }

    private static void write(DataOutput out, RestoreHistory history) throws IOException {
        out.writeLong(history.keys());
        out.writeLong(history.generationConflicts());
        out.writeLong(history.uncertainKeys());
        write(out, history.uncertain());
        out.writeLong(history.ambiguousKeys());
        write(out, history.ambiguous());
        out.writeLong(history.lostChanges());
        writeBreaks(out, history.lost());
        out.writeLong(history.olderKeys());
        writeBreaks(out, history.older());
        out.writeInt(history.silences().size());
        for (Silence silence : history.silences()) {
            write(out, silence.reason());
            write(out, silence.from().toString());
            write(out, silence.until().toString());
        }
        out.writeInt(history.notices().size());
        for (String notice : history.notices()) {
            write(out, notice);
        }
    }

    private static RestoreHistory readHistory(DataInputStream in) throws IOException {
        long keys = in.readLong();
        long generationConflicts = in.readLong();
        long uncertainKeys = in.readLong();
        List<Place> uncertain = readPlaces(in);
        long ambiguousKeys = in.readLong();
        List<Place> ambiguous = readPlaces(in);
        long lostChanges = in.readLong();
        List<Break> lost = readBreaks(in);
        long olderKeys = in.readLong();
        List<Break> older = readBreaks(in);
        List<Silence> silences = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
            silences.add(new Silence(readText(in), Instant.parse(readText(in)), Instant.parse(readText(in))));
        }
        List<String> notices = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
            notices.add(readText(in));
        }
        return new RestoreHistory(
                keys,
                generationConflicts,
                uncertainKeys,
                uncertain,
                ambiguousKeys,
                ambiguous,
                lostChanges,
                lost,
                olderKeys,
                older,
                silences,
                notices);
    }

    private static void writeBreaks(DataOutput out, List<Break> breaks) throws IOException {
        out.writeInt(breaks.size());
        for (Break gap : breaks) {
            write(out, gap.keyHash());
            write(out, gap.key());
            out.writeBoolean(gap.before() != null);
            if (gap.before() != null) {
                write(out, gap.before());
            }
            write(out, gap.after());
        }
    }

    private static List<Break> readBreaks(DataInputStream in) throws IOException {
        List<Break> breaks = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
            String keyHash = readText(in);
            String key = readNullable(in);
            Place before = in.readBoolean() ? readPlace(in) : null;
            breaks.add(new Break(keyHash, key, before, readPlace(in)));
        }
        return breaks;
    }

    private static void write(DataOutput out, List<Place> places) throws IOException {
        out.writeInt(places.size());
        for (Place place : places) {
            write(out, place);
        }
    }

    private static List<Place> readPlaces(DataInputStream in) throws IOException {
        List<Place> places = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
            places.add(readPlace(in));
        }
        return places;
    }

    private static void write(DataOutput out, Place place) throws IOException {
        write(out, place.object());
        out.writeLong(place.byteOffset());
        out.writeInt(place.record());
    }

    private static Place readPlace(DataInputStream in) throws IOException {
        return new Place(readText(in), in.readLong(), in.readInt());
    }

    private static void write(DataOutput out, @Nullable String text) throws IOException {
        if (text == null) {
            out.writeInt(-1);
            return;
        }
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(utf8.length);
        out.write(utf8);
    }

    private static @Nullable String readNullable(DataInputStream in) throws IOException {
        int length = in.readInt();
        return length < 0 ? null : new String(in.readNBytes(length), StandardCharsets.UTF_8);
    }

    private static String readText(DataInputStream in) throws IOException {
        String text = readNullable(in);
        if (text == null) {
            throw new IOException("a text is missing");
        }
        return text;
    }
}
