package io.github.dynarestore.peers;

import java.io.IOException;
import org.apache.hadoop.dynamodb.DynamoDBItemWritable;
import org.apache.hadoop.dynamodb.write.DynamoDBOutputFormat;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.LongWritable;
import org.apache.hadoop.io.Text;
import org.apache.hadoop.mapred.FileInputFormat;
import org.apache.hadoop.mapred.JobClient;
import org.apache.hadoop.mapred.JobConf;
import org.apache.hadoop.mapred.MapReduceBase;
import org.apache.hadoop.mapred.Mapper;
import org.apache.hadoop.mapred.OutputCollector;
import org.apache.hadoop.mapred.Reporter;
import org.apache.hadoop.mapred.TextInputFormat;

/** The job of the EMR connector's import tool, which is not published: lines of its export to its output format. */
public final class EmrConnector {

    private EmrConnector() {}

    /** Arguments: endpoint, table, directory. */
    public static void main(String[] args) throws IOException {
        JobConf job = new JobConf(EmrConnector.class);
        job.setJobName("import");
        job.set("dynamodb.endpoint", args[0]);
        job.set("dynamodb.regionid", "us-east-1");
        job.set("dynamodb.awsAccessKeyId", "fake");
        job.set("dynamodb.awsSecretAccessKey", "fake");
        job.set("dynamodb.output.tableName", args[1]);
        // As fast as it can.
        job.set("dynamodb.throughput.write", "1000000");
        job.set("dynamodb.throughput.write.percent", "1.0");
        job.set("dynamodb.throughput.write.autoscaling", "false");
        // There is no cluster whose containers it could count.
        job.set("dynamodb.yarn.enabled", "false");
        // A task sends one batch at a time; the local runner runs one task unless told.
        job.setInt("mapreduce.local.map.tasks.maximum", 16);
        // It looks whether the job is done once a second, which would round each run up to whole seconds.
        job.setInt("mapreduce.client.progressmonitor.pollinterval", 20);
        job.set("hadoop.tmp.dir", args[2] + "-hadoop");
        job.setInputFormat(TextInputFormat.class);
        FileInputFormat.addInputPath(job, new Path("file://" + args[2]));
        job.setMapperClass(ReadItem.class);
        job.setNumReduceTasks(0);
        job.setOutputKeyClass(Text.class);
        job.setOutputValueClass(DynamoDBItemWritable.class);
        job.setOutputFormat(DynamoDBOutputFormat.class);
        if (!JobClient.runJob(job).isSuccessful()) {
            throw new IOException("the job failed");
        }
    }

    /** Reads a line as the connector's import does. */
    public static final class ReadItem extends MapReduceBase
            implements Mapper<LongWritable, Text, Text, DynamoDBItemWritable> {

        private final Text noKey = new Text();

        @Override
        public void map(
                LongWritable place, Text line, OutputCollector<Text, DynamoDBItemWritable> output, Reporter reporter)
                throws IOException {
            DynamoDBItemWritable item = new DynamoDBItemWritable();
            item.readFieldsStream(line.toString());
            output.collect(noKey, item);
        }
    }
}
