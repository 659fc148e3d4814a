# Fills a fresh Redmine as bench/src/work/ground.rs fills Slipway: one project, ten people who work on it, and issues
# with five changes each, here written straight into the tables. Prints a key of the first of the people (no
# administrator) and everybody's number as JSON.

issues = Integer(ENV.fetch("ISSUES"))
Setting.rest_api_enabled = "1"
Setting.notified_events = []

project = Project.new(name: "Benchmarks", identifier: "bench", is_public: false)
project.trackers = Tracker.all
project.enabled_module_names = ["issue_tracking"]
project.save!

people = (0...10).map do |number|
  user = User.new(firstname: "Person", lastname: number.to_s, mail: "person#{number}@example.org", language: "en",
                  mail_notification: "none", status: User::STATUS_ACTIVE)
  user.login = "person#{number}"
  user.password = user.password_confirmation = SecureRandom.hex(12)
  user.save!
  Member.create!(project: project, principal: user, roles: [Role.find_by!(name: "Manager")])
  user
end

statuses = %w[New Resolved].push("In Progress", "Closed").to_h { |name| [name, IssueStatus.find_by!(name: name).id] }
priorities = IssuePriority.order(:position).to_a
trackers = Tracker.order(:position).to_a
text = "What happens, what should happen, and how somebody else can see it. " * 6
start = Time.utc(2026, 1, 5)

(1..issues).each_slice(1_000) do |part|
  rows = part.map do |number|
    at = start + number * 60
    spread = number * 7919 % 1_000_003
    status = ["In Progress", "Resolved", "In Progress", "Closed", "Closed"][spread / 10 % 5]
    { id: number, project_id: project.id, tracker_id: trackers[spread / 250 % 3].id,
      subject: "Item #{number} of the backlog, as somebody wrote it down", description: text,
      status_id: statuses[status], priority_id: priorities[spread / 50 % 4].id,
      assigned_to_id: people[spread % 10].id, author_id: people[0].id, lock_version: 5, estimated_hours: 3,
      done_ratio: 0, created_on: at, updated_on: at + 5, start_date: at.to_date,
      closed_on: (at if status == "Closed"), root_id: number, lft: 1, rgt: 2, is_private: false }
  end
  Issue.insert_all!(rows)
  journals = part.flat_map do |number|
    (0...5).map do |change|
      { id: number * 5 + change, journalized_id: number, journalized_type: "Issue", user_id: people[0].id,
        notes: "", created_on: start + number * 60 + change, private_notes: false }
    end
  end
  Journal.insert_all!(journals)
  details = part.flat_map do |number|
    [["status_id", statuses["New"], statuses["In Progress"]], ["assigned_to_id", nil, people[number % 10].id],
     ["priority_id", priorities[1].id, priorities[2].id], ["estimated_hours", nil, "3"],
     ["subject", "Item #{number}", "Item #{number} of the backlog, as somebody wrote it down"]]
      .each_with_index.map do |(field, before, after), change|
        { journal_id: number * 5 + change, property: "attr", prop_key: field, old_value: before, value: after }
      end
  end
  JournalDetail.insert_all!(details)
end

puts({ key: people[0].api_key, people: people.map(&:id) }.to_json)
