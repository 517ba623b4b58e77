package io.github.dynarestore.internal.checkpoint;

import io.github.dynarestore.model.BackupObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.roaringbitmap.IntIterator;
import org.roaringbitmap.RoaringBitmap;

/** Writes a journal at random and knows what must be found in it however much of it is left. */
final class JournalScript {

    /** What is known of a run; survey as text for its equality, and null as in {@link Recovered}. */
    record State(
            Begin begin,
            String survey,
            Map<Integer, RoaringBitmap> ended,
            Map<Outcome, Long> counts,
            double units,
            boolean completed,
            Map<String, String> memos) {

        static State of(Recovered recovered) {
            Map<Integer, RoaringBitmap> ended = new TreeMap<>();
            for (int object = 0; object < OBJECTS; object++) {
                if (!recovered.progress().ended(object).isEmpty()) {
                    ended.put(object, recovered.progress().ended(object));
                }
            }
            Map<Outcome, Long> counts = new EnumMap<>(Outcome.class);
            for (Outcome outcome : Outcome.values()) {
                counts.put(outcome, recovered.progress().count(outcome));
            }
            return new State(
                    recovered.begin(),
                    surveyOf(recovered),
                    ended,
                    counts,
                    recovered.progress().consumedUnits(),
                    recovered.completed(),
                    recovered.memos());
        }

        private static String surveyOf(Recovered recovered) {
            RecoveredSurvey survey = recovered.survey();
            if (survey == null) {
                return null;
            }
            try (InputStream in = survey.open()) {
                return hex(in.readAllBytes());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private record Step(int length, State state) {}

    private static final int OBJECTS = 4;

    private final Random random;
    private final MemoryCheckpoint checkpoint = new MemoryCheckpoint();
    private final List<Step> steps = new ArrayList<>();

    private Begin begin;
    private byte[] survey;
    private final Map<Long, Outcome> appended = new TreeMap<>();
    private double appendedUnits;
    private final Map<Long, Outcome> gathered = new TreeMap<>();
    private double gatheredUnits;
    private boolean completed;
    private final Map<String, String> memos = new TreeMap<>();

    /** Writes a journal of some entries. */
    JournalScript(long seed, int entries) {
        random = new Random(seed);
        note();
        CheckpointJournal journal = CheckpointJournal.open(checkpoint);
        for (int i = 0; i < entries; i++) {
            add(journal, i);
            note();
        }
        flushed();
        journal.close();
        note();
    }

    byte[] bytes() {
        return checkpoint.bytes();
    }

    /** What the first so many bytes say. */
    State stateAt(int length) {
        State state = steps.get(0).state();
        for (Step step : steps) {
            if (step.length() > length) {
                break;
            }
            state = step.state();
        }
        return state;
    }

    static Begin begin(Random random) {
        TreeMap<String, String> fields = new TreeMap<>();
        fields.put("asOf", "2016-10-15T23:59:5" + random.nextInt(10) + "Z");
        fields.put("bäckups", "s3://b/ü€😀".repeat(random.nextInt(3)));
        List<BackupObject> listing = new ArrayList<>();
        for (int i = 0; i < OBJECTS; i++) {
            listing.add(object("p/" + i, random.nextInt(9), random.nextBoolean() ? "" : "e-" + i));
        }
        return new Begin(fields, "id-" + random.nextInt(100), listing);
    }

    static BackupObject object(String key, long sizeBytes, String etag) {
        return new BackupObject(
                URI.create("s3://bucket/" + key),
                "bucket",
                key,
                sizeBytes,
                etag,
                Instant.ofEpochSecond(1_476_575_999L, 123_456_789),
                key.endsWith("1") ? "GLACIER_IR" : null);
    }

    private void add(CheckpointJournal journal, int entry) {
        if (entry == 0) {
            begin = begin(random);
            journal.begin(begin);
        } else if (entry == 1 && random.nextInt(4) > 0) {
            byte[] found = new byte[random.nextInt(200)];
            random.nextBytes(found);
            journal.survey(out -> out.write(found));
            survey = found;
        } else if (!completed) {
            addRunning(journal);
        }
    }

    private void addRunning(CheckpointJournal journal) {
        switch (random.nextInt(10)) {
            case 0 -> {
                journal.flush();
                flushed();
            }
            case 1, 2 -> {
                long token = token();
                Outcome outcome = outcome();
                journal.ended(outcome, token);
                gathered.putIfAbsent(token, outcome);
            }
            case 3 -> {
                gatheredUnits += 0.5;
                journal.consumed(0.5);
            }
            case 5 -> {
                // As before.
                journal.flush();
                flushed();
                note();
                String name = "boost-" + random.nextInt(2);
                memos.put(name, "\u00fc ".repeat(random.nextInt(4)) + random.nextInt(9));
                journal.remember(name, memos.get(name));
            }
            case 4 -> {
                // It would append what was gathered as a frame of its own.
                journal.flush();
                flushed();
                note();
                journal.completed();
                completed = true;
            }
            default -> {
                addBatch(journal);
                flushed();
            }
        }
    }

    private void addBatch(CheckpointJournal journal) {
        Outcome[] outcomes = new Outcome[random.nextInt(26)];
        long[] tokens = new long[outcomes.length];
        for (int i = 0; i < tokens.length; i++) {
            outcomes[i] = outcome();
            tokens[i] = token();
            gathered.putIfAbsent(tokens[i], outcomes[i]);
        }
        double units = random.nextInt(100) * 0.5;
        gatheredUnits += units;
        journal.ended(outcomes, tokens, units);
    }

    private Outcome outcome() {
        return random.nextInt(3) > 0 ? Outcome.PUT : Outcome.values()[random.nextInt(Outcome.values().length)];
    }

    private long token() {
        int ordinal = random.nextInt(5) == 0 ? random.nextInt() : random.nextInt(1_000);
        return (long) random.nextInt(OBJECTS) << 32 | Integer.toUnsignedLong(ordinal);
    }

    private void flushed() {
        gathered.forEach(appended::putIfAbsent);
        gathered.clear();
        appendedUnits += gatheredUnits;
        gatheredUnits = 0;
    }

    private void note() {
        Map<Integer, RoaringBitmap> ended = new TreeMap<>();
        Map<Outcome, Long> counts = new EnumMap<>(Outcome.class);
        for (Outcome outcome : Outcome.values()) {
            counts.put(outcome, 0L);
        }
        appended.forEach((token, outcome) -> {
            ended.computeIfAbsent((int) (token >>> 32), object -> new RoaringBitmap())
                    .add(token.intValue());
            counts.merge(outcome, 1L, Long::sum);
        });
        steps.add(new Step(
                checkpoint.length(),
                new State(
                        begin,
                        survey == null ? null : hex(survey),
                        ended,
                        counts,
                        appendedUnits,
                        completed,
                        Map.copyOf(memos))));
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    /** Tokens of an object, in order. */
    static List<Long> tokens(Progress progress, int object) {
        List<Long> tokens = new ArrayList<>();
        for (IntIterator ordinals = progress.ended(object).getIntIterator(); ordinals.hasNext(); ) {
            tokens.add((long) object << 32 | Integer.toUnsignedLong(ordinals.next()));
        }
        return tokens;
    }
}
