# frozen_string_literal: true
# SPDX-License-Identifier: Apache-2.0

# Martlet: Sidekiq as a peer. The commands are those of peer.py; PEER_REDIS_URL says where Redis is.

require "json"

BATCH = 1_000
PAYLOAD_BYTES = 200

def fields(number)
  empty = JSON.generate({ "number" => number, "fill" => "" }).bytesize
  { "number" => number, "fill" => "x" * (PAYLOAD_BYTES - empty) }
end

def clock
  Process.clock_gettime(Process::CLOCK_MONOTONIC)
end

def enqueue(count)
  require_relative "sidekiq_job"
  work = (0...count).each_slice(BATCH).map { |numbers| numbers.map { |number| [fields(number)] } }
  Sidekiq.redis(&:ping)
  started = clock
  work.each { |args| Sidekiq::Client.push_bulk("class" => Noop, "args" => args) }
  puts JSON.generate({ "jobs" => count, "seconds" => clock - started })
end

# Sidekiq's own command line, which loads the job itself: only then does it know that it is the server.
def work
  require "sidekiq/cli"
  cli = Sidekiq::CLI.instance
  job = File.expand_path("sidekiq_job.rb", __dir__)
  cli.parse(["-r", job, "-q", "bench", "-c", ENV.fetch("PEER_CONCURRENCY", "10"), "-t", "1"])
  cli.run
end

def version
  require "sidekiq/version"
  puts Sidekiq::VERSION
end

case ARGV
in ["version"] then version
in ["setup"] then nil
in ["enqueue", count] then enqueue(Integer(count))
in ["work"] then work
end
