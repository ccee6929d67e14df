# frozen_string_literal: true
# SPDX-License-Identifier: Apache-2.0

# Martlet: Sidekiq as a peer. The commands are those of peer.py; PEER_REDIS_URL says where Redis is.

require "json"
require "logger"
require "sidekiq"

QUEUE = "bench"
BATCH = 1_000
PAYLOAD_BYTES = 200

REDIS = { url: ENV.fetch("PEER_REDIS_URL"), logger: nil }.freeze
Sidekiq.configure_client { |config| config.redis = REDIS.merge(size: 2) }
Sidekiq.configure_server do |config|
  config.redis = REDIS
  config.on(:startup) do
    $stdout.puts "ready"
    $stdout.flush
  end
end
Sidekiq.logger.level = Logger::WARN
# Version 4.8 of the redis gem warns at every call that Sidekiq makes in the old way; none of our business, and slow.
Redis.sadd_returns_boolean = false if Redis.respond_to?(:sadd_returns_boolean=)

# One job: nothing, or a sleep and a line in the record of runs.
class Noop
  include Sidekiq::Worker
  sidekiq_options queue: QUEUE, retry: 5

  PATH = ENV["PEER_RECORD"]
  RECORD = PATH && File.open(PATH, File::WRONLY | File::APPEND | File::CREAT, 0o600)
  PAUSE = ENV.fetch("PEER_JOB_SECONDS", "0").to_f

  def perform(job)
    return unless RECORD

    sleep PAUSE
    RECORD.syswrite("#{job["number"]}\n")
  end
end

def fields(number)
  empty = JSON.generate({ "number" => number, "fill" => "" }).bytesize
  { "number" => number, "fill" => "x" * (PAYLOAD_BYTES - empty) }
end

def clock
  Process.clock_gettime(Process::CLOCK_MONOTONIC)
end

def enqueue(count)
  work = (0...count).each_slice(BATCH).map { |numbers| numbers.map { |number| [fields(number)] } }
  Sidekiq.redis(&:ping)
  started = clock
  work.each { |args| Sidekiq::Client.push_bulk("class" => Noop, "args" => args) }
  puts JSON.generate({ "jobs" => count, "seconds" => clock - started })
end

def work
  require "sidekiq/cli"
  cli = Sidekiq::CLI.instance
  cli.parse(["-r", File.expand_path(__FILE__), "-q", QUEUE, "-c", ENV.fetch("PEER_CONCURRENCY", "10"), "-t", "1"])
  cli.run
end

if $PROGRAM_NAME == __FILE__
  case ARGV
  in ["setup"] then nil
  in ["enqueue", count] then enqueue(Integer(count))
  in ["work"] then work
  end
end
